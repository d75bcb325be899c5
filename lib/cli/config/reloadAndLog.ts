import type { EventLogger } from '../../log/logEvents';
import { reload, type Reloadable } from './reload';
import type { ServerFlags } from '../args/createProgram';

/** Makes a function that reloads the configuration of a running server, and logs what came of it; see `reload`. */
export const reloadAndLog = (
  flags: ServerFlags,
  read: () => ServerFlags,
  logger: EventLogger,
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
