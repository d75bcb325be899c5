import type { Transport } from '../../endpoint';
import { EchoError } from '../../errors';
import { dump, type DumpOptions } from '../../stages/dump';
import type { StageOrFault } from '../../faults/faultControl';
import type { Stage } from '../../stage';
import { parseDuration } from '../../format/parseDuration';
import { loadUseFile } from './loadUseFile';

/** One use of `--fault`, `--use` or `--dump`. */
export interface StageArgument {
  readonly option: 'fault' | 'use' | 'dump';
  readonly text: string;
}

/** Returns the stages of the command line, in its order. Files that bring a handler are left out. */
export const buildStages = async (words: readonly StageArgument[], transport: Transport): Promise<StageOrFault[]> => {
  const acting = words.flatMap(({ option }, index) => (option === 'dump' ? [] : [index]));
  const [first = Infinity, last = -1] = [acting[0], acting.at(-1)];
  const stages = await Promise.all(
    words.map(async ({ option, text }, index): Promise<StageOrFault | undefined> => {
      if (option === 'fault') return text;
      if (option === 'dump') return dumpStage(text, index < first ? 'in' : index > last ? 'out' : 'mid');
      const used = await loadUseFile(text);
      return 'stageFor' in used ? used.stageFor(transport) : undefined;
    }),
  );
  return stages.filter((stage) => stage !== undefined);
};

const dumpStage = (text: string, label: string): Stage => {
  const [as, ...rest] = text.split(',');
  if (as !== 'hex' && as !== 'text' && as !== 'marbles')
    throw refused(`invalid form "${as}"; expected hex, text or marbles`);
  const options: DumpOptions = {
    as,
    label,
    ...rest.reduce((options, part) => ({ ...options, ...dumpOption(as, part) }), {}),
  };
  return Object.defineProperty(dump(options), 'name', { value: `dump ${as}` });
};

const dumpOption = (as: string, part: string): Partial<DumpOptions> => {
  const [, column] = /^column=(.+)$/.exec(part) ?? [];
  if (as !== 'marbles' || column === undefined) throw refused(`unknown parameter '${part}'; expected column=10ms`);
  const columnMs = parseDuration(column);
  if (columnMs > 0) return { columnMs };
  throw refused('the column must be longer than 0ms');
};

const refused = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', `--dump: ${message}`);
