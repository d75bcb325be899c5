/**
 * Step 4: the same over UDP. There are no connections, so the stream is one of datagrams, and each knows its way back.
 * `listenUdp` is `udpServer` in two moves: it emits the bound socket first, which has something to say.
 */
import { formatEndpoint, listenUdp } from 'ccecho';
import { mergeMap, tap } from 'rxjs';

const port = Number(process.argv[2] ?? 7);

listenUdp({ port })
  .pipe(
    tap(({ local }) => console.log(`UDP Echo server listening on ${formatEndpoint(local)}`)),
    mergeMap(({ datagrams$ }) => datagrams$),
    mergeMap((datagram) => datagram.reply(datagram.data)),
  )
  .subscribe();
