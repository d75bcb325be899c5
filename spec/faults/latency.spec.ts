import { BehaviorSubject, Subject } from 'rxjs';
import { latency, type LatencyOptions } from '../../lib/faults/latency';
import { drawn, segments, type Draws } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = chunks('abcdef');

interface Case {
  readonly options: LatencyOptions;
  readonly transport?: 'tcp' | 'udp';
  readonly draws?: Draws;
  readonly values?: Record<string, Buffer>;
}

describe('latency', () => {
  const passes = ({ options, transport = 'tcp', draws = {}, values = bytes }: Case, source: string, expected: string) =>
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn(draws, { scheduler, transport });
      expectObservable(cold(source, values).pipe(latency(options)(context))).toBe(expected, values);
      flush();
      expect(context.budget.bufferedFrames).toBe(0);
    });

  it('delays each frame', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const source = hot('  a--b--(c|)   ', bytes);
      const expected = '    ---a--b--(c|)';
      const subscribed = '  ^-----!      ';
      expectObservable(source.pipe(latency({ delayMs: 3 })(drawn({}, { scheduler })))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  it('lets the delays of a burst overlap', () => {
    passes({ options: { delayMs: 4 } }, '(abc|)', '----(abc|)');
  });

  describe('with jitter', () => {
    const options = { delayMs: 4, jitterMs: 2 };
    const draws = { delay: [1, 0, 0.5] };

    it('lets no frame overtake another on TCP', () => {
      passes({ options, draws, values: segments() }, 'ab------c|', '------(ab)--(c|)');
    });

    it('lets a datagram overtake one that is due later', () => {
      passes({ options, draws, transport: 'udp' }, '  ab------c|', '---b--a-----(c|)');
    });

    it('keeps the order of datagrams with order=fifo', () => {
      passes({ options: { ...options, order: 'fifo' }, draws, transport: 'udp' }, 'ab------c|', '------(ab)--(c|)');
    });

    it('emits datagrams that are due together in order of arrival', () => {
      passes({ options, draws: { delay: [0.5, 0.25, 0] }, transport: 'udp' }, 'abc|', '----(abc|)');
    });

    it('draws once for the bytes of one segment, in any chunks', () => {
      passes({ options, draws: { delay: [0.5] } }, 'a--bc|', '----a--b(c|)');
    });

    it('treats a negative delay as zero', () => {
      passes({ options: { delayMs: 1, jitterMs: 4 }, draws: { delay: [0] } }, '-a-|', '-a-|');
    });
  });

  it('delays the share p of the frames', () => {
    const values = segments();
    passes({ options: { delayMs: 2, p: 0.5 }, draws: { p: [0.9, 0.1, 0.9] }, values }, 'a-b-c---|', 'a---(bc)|');
  });

  it('delays a frame only at a draw below p', () => {
    const options = { delayMs: 2, p: 0.5 };
    passes({ options, draws: { p: [0.5, 0.49] }, transport: 'udp' }, 'a-b-----|', 'a---b---|');
  });

  it('lets a share of datagrams overtake', () => {
    const draws = { reorder: [0.9, 0.01, 0.9] };
    passes({ options: { delayMs: 4, reorder: 0.02 }, draws, transport: 'udp' }, 'abc|', '-b--a-(c|)');
    passes({ options: { delayMs: 4, reorder: 0.01 }, draws, transport: 'udp' }, 'abc|', '----ab(c|)');
  });

  it('lets at most one of gap datagrams overtake', () => {
    const options = { delayMs: 4, reorder: 1, gap: 3 };
    passes({ options, transport: 'udp' }, 'abcd|', '--c-ab-(d|)');
  });

  it('limits the normal distribution to four standard deviations, even at a draw of zero', () => {
    const options = { delayMs: 50, jitterMs: 10, distribution: 'normal' } as const;
    const ten = ' 10ms ';
    passes({ options, draws: { delay: [0, 0.5] }, transport: 'udp' }, 'a-b|', `${ten}a 41ms (b|)`);
  });

  it('discards and counts buffered bytes when the source fails', () => {
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn({}, { scheduler });
      const source = '  a-#';
      const expected = '--#';
      expectObservable(cold(source, bytes).pipe(latency({ delayMs: 5 })(context))).toBe(expected);
      flush();
      expect(context.counts.get('discardedBytes')).toBe(1);
      expect(context.budget.bufferedFrames).toBe(0);
    });
  });

  it('closes the budget of a TCP stream at the high-water mark and opens it below half', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const context = drawn({}, { scheduler });
      const { budget } = context;
      // Each frame counts its 1 byte and 1024 more, so three frames reach the mark.
      const operator = latency({ delayMs: 5, bufferBytes: 3 * 1025 })(context);
      const source = '  abcd----|';
      const passed = '  -----abc(d|)';
      const open = '    --c----o--';
      expectObservable(budget.open$).toBe(open, { c: false, o: true });
      expectObservable(cold(source, bytes).pipe(operator)).toBe(passed, bytes);
    });
  });

  it('drops and counts datagrams when the buffer is full', () => {
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = drawn({}, { scheduler, transport: 'udp' });
      const source = '  abcd---e----|';
      const expected = '-----ab-----(e|)';
      expectObservable(cold(source, bytes).pipe(latency({ delayMs: 5, bufferBytes: 2 * 1025 })(context))).toBe(
        expected,
        bytes,
      );
      flush();
      expect(context.counts.get('overlimit')).toBe(2);
    });
  });

  it('applies a change from the next frame and keeps the order', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const options$ = new BehaviorSubject<LatencyOptions>({ delayMs: 6 });
      const source = '  a---b-----|';
      const changed = ' ---x       ';
      const expected = '------(ab)|';
      cold(changed).subscribe(() => options$.next({ delayMs: 1 }));
      expectObservable(cold(source, bytes).pipe(latency(options$)(drawn({}, { scheduler })))).toBe(expected, bytes);
    });
  });

  it('delivers datagrams in order of due time at a flush', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const flush$ = new Subject<void>();
      const context = drawn({ delay: [1, 0.25, 0.5] }, { scheduler, flush$, transport: 'udp' });
      const source = '  abc-----|';
      const stopped = ' ---x     ';
      const expected = '---(bca)|';
      cold(stopped).subscribe(() => flush$.next());
      expectObservable(cold(source, bytes).pipe(latency({ delayMs: 8, jitterMs: 4 })(context))).toBe(expected, bytes);
    });
  });

  it('rejects reordering of a TCP stream', () => {
    expect(() => latency({ delayMs: 1, order: 'time' })(drawn({}))).toThrow('order=time works on UDP only');
    expect(() => latency({ delayMs: 1, reorder: 0.1 })(drawn({}))).toThrow('reorder works on UDP only');
  });
});
