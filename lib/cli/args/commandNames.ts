/** The first words that are commands; without one, `ccecho` serves. */
export const commandNames = ['config', 'faults'] as const;
