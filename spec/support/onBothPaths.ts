import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';

interface WithHandle {
  readonly _handle: object;
}

/** What every TCP handle of this runtime inherits from. */
const tcpHandles = async (): Promise<{ useUserBuffer?: unknown }> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const handles = Object.getPrototypeOf((socket as unknown as WithHandle)._handle) as object;
  socket.destroy();
  server.close();
  return handles;
};

/** The same tests twice: as Node reads, into one buffer, and as on a runtime where chunks come from `'data'` events. */
export const onBothPaths = (name: string, tests: () => void): void => {
  describe(name, tests);
  describe(`${name}, where chunks come from 'data' events`, () => {
    beforeAll(async () => void Object.assign(await tcpHandles(), { useUserBuffer: undefined }));
    // What was assigned hides what is inherited.
    afterAll(async () => void delete (await tcpHandles()).useUserBuffer);
    tests();
  });
};
