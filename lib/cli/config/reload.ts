import type { LineLogger } from '../../log/logEvents';
import type { ServerFlags } from '../args/createProgram';
import { EchoError } from '../../errors';

/** A part of a running server whose options can change. */
export interface Reloadable {
  readonly options: readonly (keyof ServerFlags)[];
  /** Rejects with `ERR_ECHO_OPTION`, or resolves with a function that applies the values and cannot fail. */
  readonly prepare: (flags: ServerFlags) => Promise<() => void>;
}

/** The result of a reload: a message, and the options that run now. */
export interface Reloaded {
  readonly flags: ServerFlags;
  readonly level: 'info' | 'warn';
  readonly message: string;
}

/**
 * Reads the configuration again, and applies what has changed: all of it or, if something is invalid, nothing. Options
 * that need a restart, above all addresses, are named and stay.
 *
 * @param running The options that run now.
 */
export const reload = async (
  running: ServerFlags,
  read: () => ServerFlags,
  parts: readonly Reloadable[],
): Promise<Reloaded> => {
  try {
    const flags = read();
    const keys = [...new Set([...Object.keys(running), ...Object.keys(flags)])] as (keyof ServerFlags)[];
    const changed = keys.filter((key) => JSON.stringify(running[key]) !== JSON.stringify(flags[key]));
    const changing = parts.filter(({ options }) => options.some((option) => changed.includes(option)));
    for (const take of await Promise.all(changing.map((part) => part.prepare(flags)))) take();
    const live = changed.filter((key) => parts.some(({ options }) => options.includes(key)));
    const rest = changed.filter((key) => !live.includes(key));
    const taken = Object.fromEntries(live.map((key) => [key, flags[key]]));
    const message = `${reloadMessage(live, rest)}${flags.use?.length ? FILES_STAY : ''}`;
    return { flags: { ...running, ...taken }, level: rest.length > 0 ? 'warn' : 'info', message };
  } catch (error) {
    if (!(error instanceof EchoError)) throw error;
    return {
      flags: running,
      level: 'warn',
      message: `not reloaded, the running configuration is unchanged: ${error.message}`,
    };
  }
};

/** Node keeps a module for the life of the process. */
const FILES_STAY = '; files of --use are loaded once: restart to apply changes in them';

const reloadMessage = (live: readonly string[], rest: readonly string[]): string => {
  const took = live.length > 0 ? `reloaded ${namesOf(live)}` : 'reloaded, nothing changed';
  return rest.length > 0 ? `${took}; restart to apply ${namesOf(rest)}` : took;
};

/** As on the command line: `--max-connections`. */
const namesOf = (keys: readonly string[]): string =>
  keys.map((key) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`).join(', ');

/** Returns a function that reloads the configuration of a running server, and logs the result; see `reload`. */
export const reloadAndLog = (
  flags: ServerFlags,
  read: () => ServerFlags,
  logger: LineLogger,
): ((server: { readonly reloadables?: readonly Reloadable[] }) => Promise<void>) => {
  let running = flags;
  return async ({ reloadables = [] }) => {
    const reloaded = await reload(running, read, reloadables);
    running = reloaded.flags;
    const { level } = reloaded;
    const message = level === 'info' ? `ccecho: ${reloaded.message}` : reloaded.message;
    logger.log({ level, message, fields: { event: 'reload' }, to: 'stderr' });
  };
};
