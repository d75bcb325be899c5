/** The exit statuses of the command. */
export const exitStatus = {
  /** Success: nothing was lost. */
  ok: 0,
  /** Something was lost at the stop, or a worker exited. */
  lost: 1,
  /** Wrong usage: nothing was started. */
  usage: 2,
  /** An address cannot be bound, or the last listener failed. */
  cannotListen: 3,
  /** A bug in ccecho (sysexits.h: EX_SOFTWARE). */
  bug: 70,
} as const;
