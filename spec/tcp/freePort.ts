import { firstValueFrom } from 'rxjs';
import { listenTcp } from '../../lib/tcp/tcpListener';

/** A port number that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const listener = await firstValueFrom(listenTcp({ host: '127.0.0.1', port: 0 }));
  listener.close();
  return listener.local.port;
};
