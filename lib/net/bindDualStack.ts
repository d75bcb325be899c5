import { catchError, throwError, type Observable } from 'rxjs';
import { EchoError } from '../errors';

/** The system's codes for a machine without IPv6. */
const NO_IPV6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EPROTONOSUPPORT'];

/** Binds `::`, which serves IPv6 and IPv4, or `0.0.0.0` on a machine without IPv6. */
export const bindDualStack = <T>(bind: (host: string) => Observable<T>): Observable<T> =>
  bind('::').pipe(catchError((error: unknown) => (lacksIpv6(error) ? bind('0.0.0.0') : throwError(() => error))));

const lacksIpv6 = (error: unknown): boolean =>
  error instanceof EchoError && NO_IPV6.includes((error.cause as NodeJS.ErrnoException).code ?? '');
