import { EchoError } from '../../errors';
import type { ServerFlags } from '../args/createProgram';
import { loadUseFile, type NamedHandler } from './loadUseFile';

/** Loads the handler of `--use`. Resolves with `undefined` if no file exports one: then the server is an echo. */
export const handlerFromFlags = async (flags: ServerFlags): Promise<NamedHandler | undefined> => {
  const words = (flags.use ?? []).filter(({ option }) => option === 'use');
  const used = await Promise.all(words.map(({ text }) => loadUseFile(text)));
  const [first, second] = used.filter((each) => 'handler' in each);
  if (!second) return first;
  throw new EchoError(
    'ERR_ECHO_OPTION',
    `--use: both ${first!.name} and ${second.name} export a handler; expected one`,
  );
};
