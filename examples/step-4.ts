/**
 * Step 4: the same over UDP. There are no connections, so the stream is one of datagrams, and each has a way back.
 * `listenUdp` is `udpServer` in two steps: it first emits the bound socket, with its address.
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
