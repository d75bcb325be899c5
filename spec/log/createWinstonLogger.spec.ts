import { BoundedWriter } from '../../lib/log/boundedWriter';
import type { LogLevel } from '../../lib/log/logLine';
import { createWinstonLogger } from '../../lib/log/createWinstonLogger';
import { Transcript } from '../support/process';

const levels: LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** What stdout and stderr got of one line of each level. */
const logged = (level: LogLevel | 'silent', format: 'text' | 'json', only?: 'text' | 'json'): [string[], string[]] => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  const logger = createWinstonLogger({ level, format, stdout, stderr });
  for (const of of levels) {
    logger.log({ level: of, message: `${of} said`, fields: { event: of, bytesIn: 1 }, ...(only && { only }) });
  }
  return [stdout.lines, stderr.lines];
};

describe('createWinstonLogger', () => {
  it('writes the lines of info on stdout unchanged, and all others on stderr with a prefix', () => {
    expect(logged('debug', 'text')).toEqual([
      ['info said'],
      ['ccecho: error said', 'ccecho: warning: warn said', 'ccecho: debug said'],
    ]);
  });

  it.each<[LogLevel | 'silent', number]>([
    ['silent', 0],
    ['error', 1],
    ['warn', 2],
    ['info', 3],
    ['debug', 4],
  ])('at level %s writes %d of the four levels', (level, lines) => {
    const [stdout, stderr] = logged(level, 'text');
    expect(stdout.length + stderr.length).toBe(lines);
  });

  it('writes one JSON object a line, with time and level', () => {
    const [[line], errors] = logged('debug', 'json');
    expect(JSON.parse(line!)).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      level: 'info',
      event: 'info',
      bytesIn: 1,
      message: 'info said',
    });
    expect(errors.map((error) => JSON.parse(error) as unknown)).toHaveLength(3);
  });

  it('escapes in JSON the controls of 8 bits, which JSON lets be and a terminal obeys', () => {
    const [stdout, stderr] = [new Transcript(), new Transcript()];
    const message = 'a\x1b[2J\x7f\x9b2J\xff';
    createWinstonLogger({ level: 'info', format: 'json', stdout, stderr }).log({ level: 'info', message });
    expect(stdout.text).toContain('"a\\u001b[2J\\u007f\\u009b2J\xff"');
    expect(JSON.parse(stdout.text)).toMatchObject({ message });
  });

  it('leaves away a line that is for the other kind of reader', () => {
    expect(logged('debug', 'json', 'text')).toEqual([[], []]);
    expect(logged('debug', 'text', 'text')).toEqual(logged('debug', 'text'));
  });

  it.each<['text' | 'json', RegExp]>([
    ['text', /^ccecho: warning: 12 log lines were lost: they were not read in time\n$/],
    ['json', /^{"time":"[^"]*","level":"warn","event":"log lines lost","lines":12,"message":"[^"]*"}\n$/],
  ])('writes how many lines were lost, in %s as the other lines', (format, line) => {
    const [stdout, stderr] = [new Transcript(), new Transcript()].map((stream) => new BoundedWriter(stream));
    createWinstonLogger({ level: 'info', format, stdout: stdout!, stderr: stderr! });
    for (const { lostLine } of [stdout!, stderr!]) expect(lostLine?.(12, 'they were not read in time')).toMatch(line);
  });
});
