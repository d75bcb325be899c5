/** One line of a result beside its bar; what misses it makes the exit status 1. */
export const row = (name: string, seen: string, bar: string, passes: boolean): void => {
  if (!passes) process.exitCode = 1;
  console.log(`${passes ? 'ok  ' : 'MISS'} ${name}: ${seen} (${bar})`);
};
