import { connect } from 'node:net';
import type { Endpoint, Transport } from '../../endpoint';
import { udpSocket } from '../udpSocket';

/** Whether a target answers at all: `refused` if its system says that nothing listens, `silent` if nothing comes. */
export type Answers = 'yes' | 'refused' | 'silent';

/** Asks a target whether it answers. */
export const answers = (target: Endpoint, transport: Transport, limitMs: number): Promise<Answers> =>
  transport === 'tcp' ? accepts(target, limitMs) : replies(target, limitMs);

const accepts = ({ host, port }: Endpoint, limitMs: number): Promise<Answers> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: limitMs });
    const end = (answer: Answers) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', end('yes')).on('timeout', end('silent')).on('error', end('refused'));
  });

/** A connected socket learns that a port refuses. A datagram can be lost: it is sent three times. */
const replies = ({ host, port }: Endpoint, limitMs: number): Promise<Answers> =>
  new Promise((resolve) => {
    const socket = udpSocket(host);
    let left = 3;
    const end = (answer: Answers): void => {
      clearInterval(timer);
      socket
        .removeAllListeners()
        .on('error', () => undefined)
        .close();
      resolve(answer);
    };
    const send = (): void => {
      if (left === 0) return end('silent');
      left -= 1;
      socket.send(
        'ccecho',
        (error) => error && (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' && end('refused'),
      );
    };
    const timer = setInterval(send, limitMs / 3);
    socket
      .on('message', () => end('yes'))
      .on('error', () => end('refused'))
      .connect(port, host, send);
  });
