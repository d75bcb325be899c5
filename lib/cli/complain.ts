import type { ProcessContext } from './processContext';

type Terminal = Pick<ProcessContext, 'stderr' | 'colors'>;

/** Writes what went wrong to stderr, in one line. */
export const complain = ({ stderr, colors }: Terminal, message: string): void =>
  void stderr.write(`${colors?.red?.('ccecho:') ?? 'ccecho:'} ${message}\n`);

/** Writes what a person should know to stderr, in one line. */
export const warn = ({ stderr, colors }: Terminal, message: string): void =>
  void stderr.write(`${colors?.yellow?.('ccecho:') ?? 'ccecho:'} ${message}\n`);
