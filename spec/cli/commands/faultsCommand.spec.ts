import { Subject } from 'rxjs';
import { run } from '../../../lib/cli/run';
import { aliases, catalogue } from '../../../lib/faults/catalogue';
import { presets } from '../../../lib/faults/presets';
import { parseFault } from '../../../lib/faults/parse/parseFault';
import { Transcript } from '../../support/process';

const faults = async (...words: string[]) => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  const status = await run(['faults', ...words], { stdout, stderr, signal$: new Subject() });
  return { status, lines: stdout.lines, stderr: stderr.text };
};

const definitions = catalogue.map(({ definition }) => definition);

describe('faultsCommand', () => {
  it('lists every fault with its transports and what it does, and every preset', async () => {
    const { status, lines, stderr } = await faults();
    expect([status, stderr]).toEqual([0, '']);
    for (const { name, transports, description } of definitions) {
      const line = lines.find((each) => each.startsWith(`${name} `));
      expect(line).toContain(description);
      expect(line).toContain(transports.join(' '));
    }
    for (const [name, preset] of Object.entries(presets)) {
      expect(lines.find((each) => each.startsWith(`${name} `))).toContain(preset.faults.join(' '));
    }
  });

  it.each(definitions)('explains $name: parameters, defaults, source', async ({ name, source, parameters }) => {
    const { status, lines } = await faults(name);
    expect(status).toBe(0);
    expect(lines[0]).toContain(name);
    const text = lines.join(' ').replace(/\s+/g, ' ');
    expect(text).toContain(`Source: ${source}`);
    for (const { key, description } of Object.values(parameters)) {
      expect(text).toContain(`${key}=`);
      expect(text).toContain(description);
    }
  });

  it('shows the defaults in the units of the command line', async () => {
    const { lines } = await faults('latency');
    const text = lines.join(' ').replace(/\s+/g, ' ');
    expect(text).toMatch(/ jitter=[^=]*\(default: 0ms\)/);
    expect(text).toMatch(/ buffer=[^=]*\(default: 16MiB\)/);
    expect(text).toMatch(/ p=[^=]*\(default: 100%\)/);
  });

  it.each(Object.keys(aliases))('explains %s, a name that others give', async (alias) => {
    const { status, lines } = await faults(alias);
    expect(status).toBe(0);
    expect(lines[0]).toMatch(new RegExp(`^${aliases[alias]} `));
    expect(lines.at(-1)).toContain(alias);
  });

  it.each(Object.keys(presets))(
    'shows the options of the preset %s, which can be copied, and its source',
    async (name) => {
      const { lines } = await faults(name);
      const [, words = '', source] = /^\S+ (.*) Source: (.*)$/.exec(lines.join(' ').replace(/\s+/g, ' ').trim()) ?? [];
      const options = words.split('--fault ').slice(1);
      expect(options.flatMap((each) => parseFault(each.trim()))).toEqual(parseFault(name));
      expect(source).toBe(presets[name]!.source);
    },
  );

  it.each([
    [['latensy'], "unknown fault 'latensy': did you mean latency?"],
    [['satelite'], "unknown fault 'satelite': did you mean satellite?"],
    [['teapot'], "unknown fault 'teapot'"],
    [['constructor'], "unknown fault 'constructor'"],
    [['3g', '4g'], "takes one name, not '3g 4g'"],
  ])('rejects in one line with status 2: %s', async (words, message) => {
    const { status, lines, stderr } = await faults(...words);
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toMatch(/^ccecho: [^\n]*\n$/);
    expect(stderr).toContain(message);
  });
});
