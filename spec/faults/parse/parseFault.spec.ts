import { stageContext } from '../../../lib/stages/stageContext';
import { blackhole } from '../../../lib/faults/blackhole';
import { latency } from '../../../lib/faults/latency';
import { presets } from '../../../lib/faults/presets';
import { rate } from '../../../lib/faults/rate';
import { parseFault } from '../../../lib/faults/parse/parseFault';

/** Returns the name and the options of one fault. */
const read = (text: string) => {
  const [spec, ...more] = parseFault(text);
  expect(more).toEqual([]);
  return [spec!.fault.definition.name, spec!.options];
};

const scopeOf = (text: string) => parseFault(text)[0]!.scope;

const MiB = 1024 ** 2;

describe('parseFault', () => {
  it.each([
    [
      'latency=50ms,jitter=10ms,distribution=normal,p=10%,reorder=5%,gap=3,order=time,buffer=1MiB',
      'latency',
      {
        delayMs: 50,
        jitterMs: 10,
        distribution: 'normal',
        p: 0.1,
        reorder: 0.05,
        gap: 3,
        order: 'time',
        bufferBytes: MiB,
      },
    ],
    [
      'rate=1mbit,burst=32kB,overhead=40B,queue=1MiB',
      'rate',
      { bytesPerSecond: 125_000, burstBytes: 32_000, overheadBytes: 40, queueBytes: MiB },
    ],
    ['loss=1%,burst=5,tcp=drop,rto=50ms', 'loss', { ratio: 0.01, burstFrames: 5, tcp: 'drop', rtoMs: 50 }],
    [
      'loss=gemodel,p=1%,r=25%,1-h=100%,1-k=0%',
      'loss',
      { model: 'gemodel', p: 0.01, r: 0.25, lostInBad: 1, lostInGood: 0 },
    ],
    ['duplicate=10%,copies=2', 'duplicate', { p: 0.1, copies: 2 }],
    ['corrupt=10%,bits=2', 'corrupt', { p: 0.1, bits: 2 }],
    ['corrupt,ber=1e-6', 'corrupt', { ber: 1e-6 }],
    ['reorder=10%,depth=3,timeout=1s', 'reorder', { p: 0.1, depth: 3, timeoutMs: 1000 }],
    ['slice=1024B,variation=512B,delay=10us', 'slice', { bytes: 1024, variationBytes: 512, delayMs: 0.01 }],
    ['limit=64KiB,then=reset', 'limit', { bytes: 65_536, then: 'reset' }],
    ['reset', 'reset', {}],
    ['reset,p=1%', 'reset', { p: 0.01 }],
    ['reset,after=5s', 'reset', { afterMs: 5000 }],
    ['reset,after=64KiB', 'reset', { afterBytes: 65_536 }],
    ['reset,after=10frames', 'reset', { afterFrames: 10 }],
    ['close,after=30s', 'close', { afterMs: 30_000 }],
    ['close,after=1frame', 'close', { afterFrames: 1 }],
    ['blackhole,after=2s,for=4s,then=reset', 'blackhole', { afterMs: 2000, forMs: 4000, then: 'reset' }],
    ['stall,after=5s,for=3s', 'stall', { afterMs: 5000, forMs: 3000 }],
    ['slow-close=1s', 'slow-close', { delayMs: 1000 }],
    ['slow-open=1s', 'slow-open', { delayMs: 1000 }],
  ])('parses %s', (text, name, options) => {
    expect(read(text)).toEqual([name, options]);
  });

  it.each([
    ['delay=5ms', 'latency', { delayMs: 5 }],
    ['bandwidth=1kB/s', 'rate', { bytesPerSecond: 1000 }],
    ['slicer=5B', 'slice', { bytes: 5 }],
    ['limit_data=5B', 'limit', { bytes: 5 }],
    ['reset_peer,after=1s', 'reset', { afterMs: 1000 }],
    ['slow_close=1s', 'slow-close', { delayMs: 1000 }],
    ['timeout=5s', 'blackhole', { forMs: 5000, then: 'close' }],
    ['timeout=5s,after=1s', 'blackhole', { forMs: 5000, then: 'close', afterMs: 1000 }],
    ['timeout', 'blackhole', {}],
    ['packet_loss=1%', 'loss', { ratio: 0.01 }],
    ['ood=10%', 'reorder', { p: 0.1 }],
    ['drop=1%', 'loss', { ratio: 0.01 }],
    ['tamper=10%', 'corrupt', { p: 0.1 }],
    ['empty', 'limit', { bytes: 0 }],
    ['empty,then=reset', 'limit', { bytes: 0, then: 'reset' }],
  ])('accepts the alias of another tool: %s', (text, name, options) => {
    expect(read(text)).toEqual([name, options]);
  });

  describe('rejects', () => {
    it.each([
      ['loss=1', 'loss: 1 has no unit; expected 1% or 100%'],
      ['latency=50', 'latency: 50 has no unit; expected 50s or 50ms'],
      ['latency=50ms,jitter=10', 'latency: 10 has no unit; expected 10s or 10ms'],
      ['limit=64', 'limit: 64 has no unit; expected 64B or 64KiB'],
      ['rate=5', 'rate: 5 has no unit; expected 5kbit or 5kB/s'],
      ['reset,after=5', 'reset: 5 has no unit; expected 5s or 5ms'],
      ['latency=5ms,toxicity=1', 'latency: 1 has no unit; expected 1% or 100%'],
    ])('a number without a unit, and suggests units: %s', (text, message) => {
      expect(() => parseFault(text)).toThrow(message);
    });

    it.each([
      ['latensy=5ms', "unknown fault 'latensy': did you mean latency?"],
      ['3G', "unknown fault '3G': did you mean 3g?"],
      ['bandwith=1mbit', "unknown fault 'bandwith': did you mean bandwidth?"],
      ['teapot', "unknown fault 'teapot'; ccecho faults lists them"],
      ['constructor', "unknown fault 'constructor'; ccecho faults lists them"],
      ['latency=5ms,jiter=1ms', "latency: unknown parameter 'jiter': did you mean jitter?"],
      ['latency=5ms,toxcity=1%', "latency: unknown parameter 'toxcity': did you mean toxicity?"],
      ['reset,milk=1s', "reset: unknown parameter 'milk'; expected after, p, name, on, toxicity, conn, for, off"],
      ['latency=5ms,toString=1', "latency: unknown parameter 'toString'"],
      ['latency=5ms,constructor', "latency: unknown parameter 'constructor'"],
      ['reset=5s', 'reset: it takes no value; expected after'],
    ])('an unknown name or key, and suggests the nearest: %s', (text, message) => {
      expect(() => parseFault(text)).toThrow(message);
    });

    it('kbps, and explains why', () => {
      expect(() => parseFault('rate=1kbps')).toThrow('rate: kbps is ambiguous');
    });

    it.each([
      ['latency', 'latency: missing `delayMs` (on the command line latency=…): mean delay'],
      ['latency,jitter=5ms', 'latency: missing `delayMs`'],
      ['limit', 'limit: missing `bytes`'],
      ['slow-open', 'slow-open: missing `delayMs`'],
      ['loss', 'loss: missing the share to lose; expected for example loss=1%'],
      ['corrupt', 'corrupt: missing the share to damage; expected corrupt=0.1% or corrupt,ber=1e-6'],
      ['latency=5ms,jitter', 'latency: jitter needs a value'],
      ['latency=5ms,name=', 'latency: name needs a value'],
      ['latency=5ms,conn', 'latency: conn needs a value'],
      ['latency=5ms,off=yes', 'latency: off takes no value'],
    ])('a missing or an unexpected value: %s', (text, message) => {
      expect(() => parseFault(text)).toThrow(message);
    });

    it.each([
      ['latency=5ms,distribution=pareto', 'latency: invalid distribution "pareto"; expected uniform, normal'],
      ['latency=5ms,gap=1.5', 'latency: invalid number "1.5"; expected a whole number'],
      ['latency=5ms,gap=0', 'latency: expected `gap` to be a whole number from 1 to'],
      ['latency=5ms,conn=0', 'latency: invalid range "0"; expected conn=1 or conn=1-3'],
      ['latency=5ms,conn=3-1', 'latency: invalid range "3-1"'],
      ['latency=5ms,on=sctp', 'latency: invalid on "sctp"; expected tcp, udp, both'],
      ['latency=5ms,on=constructor', 'latency: invalid on "constructor"; expected tcp, udp, both'],
      ['slice=5B,on=udp', 'slice: works on tcp only'],
      ['duplicate=1%,on=both', 'duplicate: works on udp only'],
      ['latency=25h', 'latency: 25h is too long; expected at most 24h'],
    ])('an invalid value: %s', (text, message) => {
      expect(() => parseFault(text)).toThrow(
        expect.objectContaining({
          code: 'ERR_ECHO_OPTION',
          message: expect.stringContaining(message) as string,
        }) as Error,
      );
    });
  });

  describe('scope', () => {
    it('affects every connection of the supported transports by default', () => {
      expect(scopeOf('latency=5ms')).toEqual({
        name: 'latency',
        on: ['tcp', 'udp'],
        toxicity: 1,
        conn: [1, Infinity],
        afterMs: 0,
        forMs: Infinity,
        off: false,
      });
      expect(scopeOf('slice=5B').on).toEqual(['tcp']);
    });

    it('selects connections and a time window', () => {
      const text = 'latency=5ms,name=slow,on=udp,toxicity=10%,conn=1-3,after=2s,for=3s,off';
      expect(scopeOf(text)).toEqual({
        name: 'slow',
        on: ['udp'],
        toxicity: 0.1,
        conn: [1, 3],
        afterMs: 2000,
        forMs: 3000,
        off: true,
      });
      expect(scopeOf('latency=5ms,conn=2').conn).toEqual([2, 2]);
      expect(scopeOf('latency=5ms,on=both').on).toEqual(['tcp', 'udp']);
    });

    it('does not include after and for if the fault has its own', () => {
      expect(scopeOf('stall,after=5s,for=3s')).toMatchObject({ afterMs: 0, forMs: Infinity });
      expect(scopeOf('reset,after=5s,for=3s')).toMatchObject({ afterMs: 0, forMs: 3000 });
    });
  });

  it('keeps the original text', () => {
    expect(parseFault('delay=5ms,off')[0]!.text).toBe('delay=5ms,off');
  });

  it.each(Object.keys(presets))('expands the preset %s into its faults', (name) => {
    const { faults, source } = presets[name]!;
    expect(parseFault(name)).toEqual(faults.flatMap((each) => parseFault(each)));
    expect(source).toMatch(/\S/);
  });
});

describe('fault', () => {
  it('validates its options and names the option and its value', () => {
    expect(() => latency({ delayMs: -1 })).toThrow(
      expect.objectContaining({
        code: 'ERR_ECHO_OPTION',
        message: 'latency: expected `delayMs` to be a number from 0 to 86400000, got `-1`',
      }) as Error,
    );
    expect(() => latency({ delayMs: NaN })).toThrow('got `NaN`');
    expect(() => latency({ delayMs: '5' as unknown as number })).toThrow('got `5`');
    expect(() => latency({ delayMs: 5, p: 1.1 })).toThrow('expected `p` to be a number from 0 to 1, got `1.1`');
    expect(() => latency({ delayMs: 5, distribution: 'pareto' as 'normal' })).toThrow(
      'expected `distribution` to be one of uniform, normal, got `pareto`',
    );
    expect(() => rate({ bytesPerSecond: 0 })).toThrow('expected `bytesPerSecond` to be a number from 1');
    expect(() => blackhole({ then: 'resume' })(stageContext())).toThrow('a TCP stream cannot go on after losing bytes');
  });

  it('rejects an unknown option and a missing required one', () => {
    expect(() => latency({ delayMs: 5, delay: 5 } as { delayMs: number })).toThrow('unknown option `delay`');
    expect(() => latency({ delayMs: 5, toString: 5 } as unknown as { delayMs: number })).toThrow(
      'unknown option `toString`',
    );
    expect(() => latency({})).toThrow('latency: missing `delayMs`');
  });
});
