import { EchoError } from '../../errors';
import type { Handler } from '../../server/run/handlePipelines';
import { transportsOf } from '../../server/serverOptions';
import type { ServerFlags } from '../args/createProgram';
import { loadUseFile } from './loadUseFile';

/** A handler, and the file that brought it. */
export interface NamedHandler {
  readonly handler: Handler;
  readonly name: string;
}

/** Loads the handler of `--use`. Resolves with `undefined` if no file exports one: then the server is an echo. */
export const handlerFromFlags = async (flags: ServerFlags): Promise<NamedHandler | undefined> => {
  const words = (flags.use ?? []).filter(({ option }) => option === 'use');
  const used = await Promise.all(words.map(({ text }) => loadUseFile(text, transportsOf(flags)[0]!)));
  const [first, second] = used.filter((each) => 'handler' in each);
  if (!second) return first;
  throw new EchoError(
    'ERR_ECHO_OPTION',
    `--use: both ${first!.name} and ${second.name} export a handler; expected one`,
  );
};
