import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defer, firstValueFrom, throwError, timeout } from 'rxjs';
import type { Transport } from '../../endpoint';
import { EchoError } from '../../errors';
import { stageContext } from '../../stages/stageContext';
import type { Handler } from '../../server/run/handlePipelines';
import type { Stage } from '../../stage';

/**
 * Limits the time to load a file: with nothing else to run, Node exits silently if a top-level `await` does not settle.
 */
const LOAD_MS = 10_000;

/** A handler, and the file that brought it. */
export interface NamedHandler {
  readonly handler: Handler;
  readonly name: string;
}

/** What a file brings: a handler, which makes the server another one than an echo, or else a stage. */
export type Used =
  | NamedHandler
  /** Calls the stage once with a test context, so that a file without an operator is found before any socket opens. */
  | { readonly stageFor: (transport: Transport) => Stage };

/**
 * Loads the handler that a file exports as `handler`, or else the stage that it exports as its default, named after the
 * file.
 *
 * Rejects with `ERR_ECHO_OPTION` with one line that names the file; so does `stageFor`, which throws it.
 */
export const loadUseFile = async (file: string): Promise<Used> => {
  const path = resolve(file);
  if (!existsSync(path)) throw refused(file, 'file not found');
  const loaded = await load(file, path);
  const handler = handlerOf(loaded);
  return handler
    ? { handler, name: basename(file) }
    : { stageFor: (transport) => checkedStage(file, loaded, transport) };
};

const checkedStage = (file: string, loaded: unknown, transport: Transport): Stage => {
  const stage = exported(file, loaded);
  let operator: unknown;
  try {
    operator = stage(stageContext({ transport }));
  } catch (error) {
    throw refused(file, `it threw when called: ${messageOf(error)}`, error);
  }
  if (typeof operator !== 'function')
    throw refused(file, 'it does not return an operator; expected (context) => operator');
  return Object.defineProperty((context: Parameters<Stage>[0]) => stage(context), 'name', { value: basename(file) });
};

const load = async (file: string, path: string): Promise<unknown> => {
  if (!['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts'].includes(extname(path))) {
    throw refused(file, 'expected a .js, .cjs, .mjs or .ts file');
  }
  if (extname(path).endsWith('ts') && !('typescript' in process.features && process.features.typescript)) {
    throw refused(
      file,
      `Node ${process.versions.node} cannot load TypeScript; compile the file, or use Node 22.18 or later`,
    );
  }
  try {
    const loaded$ = defer(() => import(pathToFileURL(path).href));
    return await firstValueFrom(loaded$.pipe(timeout({ first: LOAD_MS, with: () => throwError(() => late(file)) })));
  } catch (error) {
    if (error instanceof EchoError) throw error;
    throw refused(file, `it threw while loading: ${messageOf(error)}`, error);
  }
};

const late = (file: string): EchoError =>
  refused(file, `it did not load within ${LOAD_MS / 1000} s: does its top-level await settle?`);

/** Of a CommonJS file, Node does not always find the names of its exports. */
const handlerOf = (loaded: unknown): Handler | undefined => {
  const { handler, default: whole } = loaded as { handler?: unknown; default?: { handler?: unknown } };
  const found = handler ?? whole?.handler;
  return typeof found === 'function' ? (found as Handler) : undefined;
};

/** Compilers turn `export default` of a CommonJS file into one `default` inside another. */
const exported = (file: string, loaded: unknown): Stage => {
  let found = (loaded as { default?: unknown }).default;
  if (typeof found === 'object' && found !== null && 'default' in found) found = found.default;
  if (typeof found === 'function') return found as Stage;
  throw refused(
    file,
    'the default export is not a function; expected (context) => operator, or an export named handler',
  );
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!;

const refused = (file: string, message: string, cause?: unknown): EchoError =>
  new EchoError('ERR_ECHO_OPTION', `--use ${file}: ${message}`, { cause });
