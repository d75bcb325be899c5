import { Subject } from 'rxjs';
import { blackhole } from '../../lib/faults/blackhole';
import { catalogue } from '../../lib/faults/catalogue';
import { close } from '../../lib/faults/close';
import { corrupt } from '../../lib/faults/corrupt';
import { duplicate } from '../../lib/faults/duplicate';
import { latency } from '../../lib/faults/latency';
import { limit } from '../../lib/faults/limit';
import { loss } from '../../lib/faults/loss';
import { rate } from '../../lib/faults/rate';
import { reorder } from '../../lib/faults/reorder';
import { reset } from '../../lib/faults/reset';
import { resetError } from '../../lib/faults/kit/resetError';
import { slice } from '../../lib/faults/slice';
import { slowClose } from '../../lib/faults/slowClose';
import { slowOpen } from '../../lib/faults/slowOpen';
import { stall } from '../../lib/faults/stall';
import type { Stage } from '../../lib/stage';
import { drawn } from '../support/drawn';
import { marbles, type Marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = chunks('abc');

/** The output for each source. A missing output is equal to the source. Every draw is 0.5. */
interface Row {
  readonly fault: string;
  readonly on: 'tcp' | 'udp';
  readonly stage: Stage;
  readonly never?: string;
  readonly empty?: string;
  readonly one: string;
  readonly many: string;
  readonly error: string;
  readonly cut: string;
  readonly stopped: string;
  readonly stoppedAfterEnd: string;
}

const sources = {
  never: '          -',
  empty: '          |',
  one: '            a----|',
  many: '           abc|',
  error: '          ab-#',
  cut: '            ab-c',
  stopped: '        abc------|',
  stoppedAfterEnd: 'abc|',
};
const unsubscribed = '---!';
const stop = '        ----x';

/** The output of a fault that buffers nothing. */
const passing = {
  one: '            a----|',
  many: '           abc|',
  error: '          ab-#',
  cut: '            ab',
  stopped: '        abc------|',
  stoppedAfterEnd: 'abc|',
};

/** The output of a fault that buffers everything for 6 ms. */
const holding = {
  one: '            ------(a|)',
  many: '           ------ab(c|)',
  error: '          ---#',
  cut: '            --',
  stopped: '        ----(abc)|',
  stoppedAfterEnd: '----(abc|)',
};

const rows: readonly Row[] = [
  { fault: 'latency', on: 'tcp', stage: (context) => latency({ delayMs: 6 })(context), ...holding },
  { fault: 'latency', on: 'udp', stage: (context) => latency({ delayMs: 6 })(context), ...holding },
  {
    fault: 'rate',
    on: 'tcp',
    stage: (context) => rate({ bytesPerSecond: 200 })(context),
    ...holding,
    one: ' -----(a|)',
    many: '-----a----b----(c|)',
  },
  {
    fault: 'rate',
    on: 'udp',
    stage: (context) => rate({ bytesPerSecond: 200 })(context),
    ...holding,
    one: ' -----(a|)',
    many: '-----a----b----(c|)',
  },
  { fault: 'loss', on: 'tcp', stage: (context) => loss({ ratio: 0.6, rtoMs: 3 })(context), ...holding },
  { fault: 'loss', on: 'udp', stage: (context) => loss({ ratio: 0.4 })(context), ...passing },
  { fault: 'duplicate', on: 'udp', stage: (context) => duplicate({ p: 0.4 })(context), ...passing },
  { fault: 'corrupt', on: 'tcp', stage: (context) => corrupt({ p: 0.4 })(context), ...passing },
  { fault: 'corrupt', on: 'udp', stage: (context) => corrupt({ p: 0.4 })(context), ...passing },
  {
    fault: 'reorder',
    on: 'udp',
    stage: (context) => reorder({ p: 0.6, depth: 9 })(context),
    ...holding,
    one: '            -----(a|)',
    many: '           ---(abc|)',
    stoppedAfterEnd: '---(abc|)',
  },
  {
    fault: 'slice',
    on: 'tcp',
    stage: (context) => slice({ bytes: 1, delayMs: 5 })(context),
    one: '            a----|',
    many: '           a----b----(c|)',
    error: '          a--#',
    cut: '            a-',
    stopped: '        a---(bc)-|',
    stoppedAfterEnd: 'a---(bc|)',
  },
  {
    fault: 'limit',
    on: 'tcp',
    stage: (context) => limit({ bytes: 2 })(context),
    one: '            a----|',
    many: '           a(b|)',
    error: '          a(b|)',
    cut: '            a(b|)',
    stopped: '        a(b|)',
    stoppedAfterEnd: 'a(b|)',
  },
  { fault: 'limit', on: 'udp', stage: (context) => limit({ bytes: 9 })(context), ...passing },
  {
    fault: 'reset',
    on: 'tcp',
    stage: (context) => reset({ afterMs: 5 })(context),
    ...passing,
    never: '  -----#',
    one: '    a----#',
    stopped: 'abc--#',
  },
  {
    fault: 'close',
    on: 'tcp',
    stage: (context) => close({ afterMs: 5 })(context),
    ...passing,
    never: '  -----|',
    stopped: 'abc--|',
  },
  {
    fault: 'blackhole',
    on: 'udp',
    stage: (context) => blackhole({ afterMs: 1, forMs: 4 })(context),
    one: '            a----|',
    many: '           a--|',
    error: '          a--#',
    cut: '            a-',
    stopped: '        a--------|',
    stoppedAfterEnd: 'a--|',
  },
  {
    fault: 'blackhole',
    on: 'tcp',
    stage: (context) => blackhole({ afterMs: 1, forMs: 4 })(context),
    never: '          -----|',
    one: '            a----|',
    many: '           a--|',
    error: '          a--#',
    cut: '            a-',
    stopped: '        a----|',
    stoppedAfterEnd: 'a--|',
  },
  { fault: 'stall', on: 'tcp', stage: (context) => stall({ forMs: 6 })(context), ...holding, many: '------(abc|)' },
  { fault: 'stall', on: 'udp', stage: (context) => stall({ forMs: 6 })(context), ...holding, many: '------(abc|)' },
  {
    fault: 'slow-close',
    on: 'tcp',
    stage: (context) => slowClose({ delayMs: 5 })(context),
    ...passing,
    empty: '          -----|',
    one: '            a---------|',
    many: '           abc-----|',
    stoppedAfterEnd: 'abc-|',
  },
  {
    fault: 'slow-open',
    on: 'tcp',
    stage: (context) => slowOpen({ delayMs: 6 })(context),
    ...holding,
    many: '------(abc|)',
  },
];

describe.each(rows)('$fault on $on', (row) => {
  const followsAt = (
    source: keyof typeof sources,
    body: (helpers: Marbles, flush$: Subject<void>) => string | undefined,
  ) => {
    const flush$ = new Subject<void>();
    const context = drawn({}, { transport: row.on, flush$ });
    marbles((helpers) => {
      const { cold, expectObservable, expectSubscriptions, scheduler } = helpers;
      const until = body(helpers, flush$);
      const from = cold(sources[source].trim(), bytes);
      const operator = row.stage({ ...context, scheduler });
      const expected = row[source as keyof Row] ?? sources[source];
      expectObservable(from.pipe(operator), until).toBe(
        (expected as string).trim(),
        bytes,
        source === 'error' ? 'error' : resetError('reset'),
      );
      if (until && !row.cut.includes('|')) expectSubscriptions(from.subscriptions).toBe('^--!');
    });
    expect([context.budget.bufferedFrames, context.budget.bufferedBytes]).toEqual([0, 0]);
  };
  const follows = (source: keyof typeof sources) => followsAt(source, () => undefined);

  it('handles a source that never emits', () => follows('never'));
  it('handles an empty source', () => follows('empty'));
  it('handles one frame', () => follows('one'));
  it('handles several frames', () => follows('many'));
  it('fails immediately when the source fails', () => follows('error'));
  it('unsubscribes from the source and refunds the budget at unsubscription', () =>
    followsAt('cut', () => unsubscribed));
  const stopping = ({ cold }: Marbles, flush$: Subject<void>) => {
    cold(stop.trim()).subscribe(() => flush$.next());
    return undefined;
  };
  it('emits all buffered frames at once and in order at a flush', () => followsAt('stopped', stopping));
  it('completes at a flush if the source has completed', () => followsAt('stoppedAfterEnd', stopping));
});

describe('the checklist', () => {
  it('contains every fault of the catalogue on each of its transports', () => {
    const each = new Set(rows.map(({ fault, on }) => `${fault} ${on}`));
    const wanted = catalogue.flatMap(({ definition: { name, transports } }) => transports.map((on) => `${name} ${on}`));
    expect([...each].sort()).toEqual(wanted.sort());
  });
});
