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
  it('lists every fault with its transports, what it does and its words, and every preset', async () => {
    const { status, lines, stderr } = await faults();
    expect([status, stderr]).toEqual([0, '']);
    for (const { name, transports, description, parameters } of definitions) {
      const line = lines.find((each) => each.startsWith(`${name} `));
      expect(line).toContain(description);
      expect(line).toContain(transports.join(' '));
      for (const { key } of Object.values(parameters)) expect(line).toContain(key);
    }
    for (const [name, preset] of Object.entries(presets)) {
      expect(lines.find((each) => each.startsWith(`${name} `))).toContain(preset.faults.join(' '));
    }
  });

  it.each(definitions)('explains $name: parameters, defaults, source', async ({ name, source, parameters }) => {
    const { status, lines } = await faults(name);
    expect(status).toBe(0);
    expect(lines[0]).toContain(name);
    expect(lines).toContain(`Source: ${source}`);
    for (const { key, description } of Object.values(parameters)) {
      expect(lines.some((line) => line.includes(`${key}=`) && line.includes(description))).toBe(true);
    }
  });

  it('shows the defaults in the units of the command line', async () => {
    const { lines } = await faults('latency');
    expect(lines.find((line) => /\bjitter=/.test(line))).toMatch(/default 0ms$/);
    expect(lines.find((line) => /\bbuffer=/.test(line))).toMatch(/default 16MiB$/);
    expect(lines.find((line) => / p=/.test(line))).toMatch(/default 100%$/);
  });

  it.each(Object.keys(aliases))('explains %s, a name that others give', async (alias) => {
    const { status, lines } = await faults(alias);
    expect(status).toBe(0);
    expect(lines[0]).toMatch(new RegExp(`^${aliases[alias]} `));
    expect(lines.at(-1)).toContain(alias);
  });

  it.each(Object.keys(presets))(
    'shows what the preset %s is, in words that can be copied, and its source',
    async (name) => {
      const { lines } = await faults(name);
      const options = lines[0]!.replace(`${name} is `, '').split(' --fault ');
      expect(options.flatMap((each) => parseFault(each.replace('--fault ', '')))).toEqual(parseFault(name));
      expect(lines[1]).toBe(`Source: ${presets[name]!.source}`);
    },
  );

  it.each([
    [['latensy'], "unknown fault 'latensy': did you mean latency?"],
    [['satelite'], "unknown fault 'satelite': did you mean satellite?"],
    [['teapot'], "unknown fault 'teapot'"],
    [['constructor'], "unknown fault 'constructor'"],
    [['3g', '4g'], "takes one name, not '3g 4g'"],
  ])('tells in one line with status 2 what it does not know: %s', async (words, message) => {
    const { status, lines, stderr } = await faults(...words);
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toMatch(/^ccecho: [^\n]*\n$/);
    expect(stderr).toContain(message);
  });
});
