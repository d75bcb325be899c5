import type { EchoEvent } from '../../lib/events';
import type { LogLine } from '../../lib/log/logLine';
import { logEvents, type LineLogger } from '../../lib/log/logEvents';
import { marbles } from '../support/marbles';

const remote = { host: '127.0.0.1', port: 53684 };
const events: Record<string, EchoEvent> = {
  l: { kind: 'listening', transport: 'udp', local: { host: '', port: 7 } },
  a: { kind: 'answered', remote, bytes: 5 },
  s: { kind: 'stopping' },
};

const loggerOf = (log: (line: LogLine) => unknown, enabled = true): LineLogger => ({
  isLevelEnabled: () => enabled,
  log,
});

const failing = loggerOf(() => {
  throw new Error('disk full');
});

describe('logEvents', () => {
  it('writes the lines of each event, and passes the events through', () => {
    const messages: string[] = [];
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -l--a-s-|', events);
      const subscribed = ' ^-------!';
      expectObservable(source.pipe(logEvents(loggerOf(({ message }) => messages.push(message))))).toBe(
        '                  -l--a-s-|',
        events,
      );
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
    expect(messages).toEqual(['UDP Echo server listening on :7', '127.0.0.1:53684 answered: 5 bytes', 'stopping']);
  });

  it('continues when the logger throws', () => {
    marbles(({ hot, expectObservable }) => {
      const source = hot('-l--a-s-|', events);
      expectObservable(source.pipe(logEvents(failing))).toBe('-l--a-s-|', events);
    });
  });

  it('makes no line for a datagram that nothing reads', () => {
    const messages: string[] = [];
    marbles(({ hot, expectObservable }) => {
      const logger = loggerOf(({ message }) => messages.push(message), false);
      expectObservable(hot('-a-a-l|', events).pipe(logEvents(logger))).toBe('-a-a-l|', events);
    });
    expect(messages).toEqual(['UDP Echo server listening on :7']);
  });

  it('logs the first refusal of a source even without details, and no other', () => {
    const lines: LogLine[] = [];
    const dropped: EchoEvent = {
      kind: 'dropped',
      remote: { host: '192.0.2.1', port: 7 },
      reason: 'reserved port',
      bytes: 5,
    };
    marbles(({ hot, expectObservable }) => {
      const logger = loggerOf((line) => lines.push(line), false);
      expectObservable(hot('-d-d|', { d: dropped }).pipe(logEvents(logger))).toBe('-d-d|', { d: dropped });
    });
    expect(lines).toMatchObject([{ level: 'warn', fields: { event: 'refused', reason: 'reserved port' } }]);
  });

  it.each(['|', '--|', '#', '-l-#', '---'])('passes %s on', (diagram) => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold(diagram, events).pipe(logEvents(failing))).toBe(diagram, events);
    });
  });

  it('leaves the source when it is unsubscribed', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('         -l--a--s-', events);
      const unsubscribed = '       -----!';
      const subscribed = '         ^----!';
      expectObservable(source.pipe(logEvents(failing)), unsubscribed).toBe('-l--a-', events);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });
});
