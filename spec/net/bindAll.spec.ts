import { map, throwError, timer, type Observable } from 'rxjs';
import { EchoError } from '../../lib/errors';
import { bindAll, type Binder, type BoundSocket } from '../../lib/net/bindAll';
import { marbles } from '../support/marbles';

const cannot = (code: string): EchoError =>
  new EchoError('ERR_ECHO_LISTEN', code, { cause: Object.assign(new Error(code), { code }) });

/** A machine on which ports are only written down. */
const machine = () => {
  const open: string[] = [];
  const asked: string[] = [];
  let free = 49152;

  /** Binds `name` once `opening$` emits; errors as the other listeners would. */
  const bind =
    (name: string, opening$: () => Observable<unknown>): Binder<BoundSocket> =>
    (port) => {
      asked.push(`${name}:${port}`);
      const bound = port === 0 ? free++ : port;
      const listener = (): BoundSocket => {
        open.push(`${name}:${bound}`);
        return {
          local: { host: name, port: bound },
          close: () => void open.splice(open.indexOf(`${name}:${bound}`), 1),
        };
      };
      return opening$().pipe(map(listener));
    };
  return { open, asked, bind };
};

const ports = map((listeners: BoundSocket[]) => listeners.map(({ local }) => `${local.host}:${local.port}`).join());

describe('bindAll', () => {
  it('emits all listeners at once when the last is bound, and completes', () => {
    marbles(({ expectObservable, flush, scheduler }) => {
      const { bind, open } = machine();
      const binds = [bind('a', () => timer(2, scheduler)), bind('b', () => timer(3, scheduler))];
      expectObservable(bindAll(binds, 7, scheduler).pipe(ports)).toBe('-----(x|)', { x: 'a:7,b:7' });
      flush();
      expect(open).toEqual(['a:7', 'b:7']);
    });
  });

  it('uses the number that the system chose for the first socket for all others', () => {
    marbles(({ expectObservable, scheduler }) => {
      const { bind } = machine();
      const binds = ['a', 'b', 'c'].map((name) => bind(name, () => timer(1, scheduler)));
      expectObservable(bindAll(binds, 0, scheduler).pipe(ports)).toBe('---(x|)', { x: 'a:49152,b:49152,c:49152' });
    });
  });

  it('tries another number when that of the first socket is taken for a later one', () => {
    marbles(({ expectObservable, flush, scheduler }) => {
      const { bind, open } = machine();
      let taken = 3;
      const perhaps = () => (taken-- > 0 ? throwError(() => cannot('EADDRINUSE')) : timer(0, scheduler));
      const binds = [bind('a', () => timer(1, scheduler)), bind('b', perhaps)];
      expectObservable(bindAll(binds, 0, scheduler).pipe(ports)).toBe('----(x|)', { x: 'a:49155,b:49155' });
      flush();
      expect(open).toEqual(['a:49155', 'b:49155']);
    });
  });

  it('gives up after ten more numbers, with nothing bound', () => {
    marbles(({ expectObservable, flush, scheduler }) => {
      const { bind, open, asked } = machine();
      const error = cannot('EADDRINUSE');
      const binds = [bind('a', () => timer(0, scheduler)), bind('b', () => throwError(() => error))];
      expectObservable(bindAll(binds, 0, scheduler)).toBe('#', undefined, error);
      flush();
      expect(asked.filter((place) => place === 'a:0')).toHaveLength(11);
      expect(open).toEqual([]);
    });
  });

  it('does not try a given number again', () => {
    marbles(({ expectObservable, flush, scheduler }) => {
      const { bind, open, asked } = machine();
      const error = cannot('EADDRINUSE');
      const binds = [bind('a', () => timer(1, scheduler)), bind('b', () => throwError(() => error))];
      expectObservable(bindAll(binds, 7, scheduler)).toBe('-#', undefined, error);
      flush();
      expect(asked).toEqual(['a:7', 'b:7']);
      expect(open).toEqual([]);
    });
  });

  it('closes all that were bound, and does not try again, when one cannot be for another reason', () => {
    marbles(({ expectObservable, flush, scheduler }) => {
      const { bind, open, asked } = machine();
      const error = cannot('EACCES');
      const binds = [
        bind('a', () => timer(1, scheduler)),
        bind('b', () => timer(1, scheduler)),
        bind('c', () => throwError(() => error)),
        bind('d', () => timer(1, scheduler)),
      ];
      expectObservable(bindAll(binds, 0, scheduler)).toBe('--#', undefined, error);
      flush();
      expect(asked).toEqual(['a:0', 'b:49152', 'c:49152']);
      expect(open).toEqual([]);
    });
  });

  it('closes all that were bound when it is unsubscribed before the last is', () => {
    marbles(({ expectObservable, flush, scheduler }) => {
      const { bind, open } = machine();
      const binds = [bind('a', () => timer(1, scheduler)), bind('b', () => timer(5, scheduler))];
      const unsubscribed = '                                          ---!';
      expectObservable(bindAll(binds, 0, scheduler).pipe(ports), unsubscribed).toBe('----');
      flush();
      expect(open).toEqual([]);
    });
  });

  it('leaves emitted listeners open', () => {
    marbles(({ expectObservable, flush, scheduler }) => {
      const { bind, open } = machine();
      const all$ = bindAll([bind('a', () => timer(1, scheduler))], 7, scheduler).pipe(ports);
      expectObservable(all$, '--!').toBe('-(x|)', { x: 'a:7' });
      flush();
      expect(open).toEqual(['a:7']);
    });
  });
});
