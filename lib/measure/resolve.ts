import { lookup } from 'node:dns';
import { Observable } from 'rxjs';
import { EchoError } from '../errors';

/**
 * Emits the first address that the resolver returns for a host. There is no fallback to another family: it would hide the
 * broken family that one measures for.
 *
 * Errors with `ERR_ECHO_CONNECTION` for an unknown host.
 *
 * @param family Restricts the address to IPv4 or IPv6. Default: either.
 */
export const resolve = (host: string, family?: 4 | 6): Observable<string> =>
  new Observable((out) => {
    lookup(host, { family: family ?? 0 }, (cause, address) => {
      if (cause) {
        out.error(new EchoError('ERR_ECHO_CONNECTION', `Cannot resolve ${host}: ${cause.message}`, { cause }));
      } else {
        out.next(address);
        out.complete();
      }
    });
  });
