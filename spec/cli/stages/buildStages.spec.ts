import { buildStages, type StageArgument } from '../../../lib/cli/stages/buildStages';
import { stageContext } from '../../../lib/stages/stageContext';
import type { Stage } from '../../../lib/stage';
import { marbles } from '../../support/marbles';
import { chunks } from '../../support/chunks';

const words = (...texts: string[]): StageArgument[] =>
  texts.map((each) => {
    const [option, text] = each.split(' ');
    return { option: option as StageArgument['option'], text: text! };
  });

const namesOf = async (...texts: string[]) =>
  (await buildStages(words(...texts), 'tcp')).map((stage) => (typeof stage === 'string' ? stage : stage.name));

/** What the dump at a place of a chain prints of a stream. */
const printedBy = (stage: unknown, source: string): readonly string[] => {
  let said: readonly string[] = [];
  marbles(({ cold, scheduler, flush, expectObservable }) => {
    const context = stageContext({ scheduler });
    expectObservable(cold(source, chunks()).pipe((stage as Stage)(context)));
    flush();
    said = context.logged;
  });
  return said;
};

describe('buildStages', () => {
  it('keeps the order of the command line', async () => {
    const order = ['dump hex', 'fault 3g', 'fault loss=1%', 'dump text', 'fault latency=1ms', 'dump marbles'];
    const expected = ['dump hex', '3g', 'loss=1%', 'dump text', 'latency=1ms', 'dump marbles'];
    expect(await namesOf(...order)).toEqual(expected);
  });

  it('calls a dump before all faults in, one behind them out, one between them mid', async () => {
    const chain = await buildStages(
      words('dump marbles', 'fault 3g', 'dump marbles', 'fault 4g', 'dump marbles'),
      'tcp',
    );
    const labels = [0, 2, 4].map((place) => printedBy(chain[place], 'a|')[0]!.split(/ +/)[1]);
    expect(labels).toEqual(['in', 'mid', 'out']);
  });

  it('takes the column of a marble dump', async () => {
    const [wide] = await buildStages(words('dump marbles'), 'tcp');
    const [narrow] = await buildStages(words('dump marbles,column=1ms'), 'tcp');
    expect(printedBy(wide, '20ms a|')[0]).toMatch(/ --\(a\|\)$/);
    expect(printedBy(narrow, '20ms a|')[0]).toMatch(/ -{20}a\|$/);
  });

  it.each([
    ['dump octal', '--dump: invalid form "octal"'],
    ['dump hex,column=1ms', "--dump: unknown parameter 'column=1ms'; expected column=10ms"],
    ['dump marbles,row=1ms', "--dump: unknown parameter 'row=1ms'"],
    ['dump marbles,column=1', '1 has no unit; expected 1s or 1ms'],
    ['dump marbles,column=0ms', '--dump: the column must be longer than 0ms'],
    ['use /nowhere/op.js', '--use /nowhere/op.js: file not found'],
  ])('refuses %s', async (word, message) => {
    await expect(buildStages(words(word), 'tcp')).rejects.toThrow(message);
  });
});
