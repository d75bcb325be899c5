import { bufferUntilStarted } from '../../lib/cluster/bufferUntilStarted';
import type { ListenAddress } from '../../lib/cluster/reserveAddress';
import type { EchoEvent } from '../../lib/events';
import type { PeerStats } from '../../lib/peer';
import { marbles } from '../support/marbles';

const local = { host: '', port: 7 };
const events: Record<string, EchoEvent<PeerStats>> = {
  l: { kind: 'listening', transport: 'tcp', local },
  a: { kind: 'output', lines: 'a' },
  b: { kind: 'output', lines: 'b' },
  c: { kind: 'output', lines: 'c' },
};
const place: ListenAddress = { hosts: [], port: 7, listening: [events['l']!] };

describe('announced', () => {
  it('emits first that the server listens, then the events before and after that', () => {
    marbles(({ hot, expectObservable }) => {
      const source = hot('-a--b------c-|', events);
      const begun = hot(' ------p-------', { p: place });
      expectObservable(source.pipe(bufferUntilStarted(begun))).toBe('------(lab)c-|', events);
    });
  });

  it('emits no `listening` when the server ends before all workers listen', () => {
    marbles(({ hot, expectObservable }) => {
      const source = hot('-a--b-|', events);
      const begun = hot<ListenAddress>('-------');
      expectObservable(source.pipe(bufferUntilStarted(begun))).toBe('------(ab|)', events);
    });
  });

  it('passes an error at once', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('-a-#', events).pipe(bufferUntilStarted(hot<ListenAddress>('----')))).toBe('---#');
    });
  });
});
