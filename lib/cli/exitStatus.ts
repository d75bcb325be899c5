/** What the command's exit status says; part of its interface, like its options. */
export const exitStatus = {
  /** All is well: nothing was lost. */
  ok: 0,
  /** Something was lost at the stop, or a worker died. */
  lost: 1,
  /** Wrong usage; nothing was started. */
  usage: 2,
  /** An address could not be bound, or no listener is left. */
  cannotListen: 3,
  /** A bug in ccecho (sysexits.h: EX_SOFTWARE). */
  bug: 70,
} as const;
