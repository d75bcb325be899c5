import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Clients with an event loop of their own: they connect and send while the event loop of the test stands still. */
export interface WorkerThreadClients {
  /** Connects all of them. */
  connect(): Promise<void>;
  /**
   * Has all of them connect, if they are not yet, and send their bytes; blocks the event loop until the kernel has
   * taken them, so that whatever comes next finds them in the queues.
   */
  sendBlocking(): void;
  /** How many bytes came back to each before the server ended its side, or how its connection broke. */
  readonly echoed: Promise<(number | string)[]>;
}

const PATIENCE_MS = 10_000;

const program = `
  const { connect } = require('node:net');
  const { parentPort, workerData: { port, count, bytes, taken } } = require('node:worker_threads');
  let sockets;
  const connectAll = () => sockets ??= Array.from({ length: count }, () => connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
  const echo = (socket) => new Promise((resolve) => {
    let length = 0;
    socket.on('data', (chunk) => (length += chunk.length)).on('error', ({ code }) => resolve(code));
    socket.on('end', () => resolve((socket.end(), length)));
  });
  const onTaken = () => {
    Atomics.add(taken, 0, 1);
    Atomics.notify(taken, 0);
  };
  parentPort.on('message', async (order) => {
    connectAll();
    if (order === 'connect') {
      await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
      return parentPort.postMessage('connected');
    }
    for (const socket of sockets) socket.write(Buffer.alloc(bytes), onTaken);
    parentPort.postMessage(await Promise.all(sockets.map(echo)));
    parentPort.close();
  });
`;

export const workerThreadClients = (port: number, count: number, bytes: number): WorkerThreadClients => {
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(program, { eval: true, workerData: { port, count, bytes, taken } });
  const messages = (): Promise<unknown[]> => once(worker, 'message');
  let echoed: WorkerThreadClients['echoed'] | undefined;
  return {
    connect: async () => {
      worker.postMessage('connect');
      await messages();
    },
    sendBlocking: () => {
      echoed = messages().then(([lengths]) => lengths as number[]);
      worker.postMessage('send');
      for (let had = 0; had < count; had = Atomics.load(taken, 0)) {
        if (Atomics.wait(taken, 0, had, PATIENCE_MS) === 'timed-out') throw new Error('the kernel took too little');
      }
    },
    get echoed() {
      return echoed ?? Promise.reject(new Error('nothing was sent'));
    },
  };
};
