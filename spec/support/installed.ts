import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';

/** `it`, where the condition holds; elsewhere a skipped test whose name says why: nothing is skipped silently. */
export const itWhere = (condition: boolean, otherwise: string): ((name: string, test: () => Promise<void>) => void) =>
  condition ? it : (name, test) => it.skip(`${name} (skipped: ${otherwise})`, test);

/** `it`, where a program is installed, and what it says of itself is of the kind that the test was written for. */
export const installed = (program: string, question = '--help', answer = /./): ReturnType<typeof itWhere> => {
  const { error, stdout, stderr } = spawnSync(program, [question], { encoding: 'utf8', input: '', timeout: 5000 });
  if (error) return itWhere(false, `${program} is not installed`);
  return itWhere(
    answer.test(stdout + stderr),
    `${program} is installed, but of another kind: no ${answer} in ${question}`,
  );
};

/** Whether a program is in the PATH. */
export const hasProgram = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** `it`, where the machine has IPv6. */
export const itWithIpv6 = itWhere(
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1')),
  'this machine has no IPv6',
);

/** `it`, where all of 127.0.0.0/8 is this machine: there a second host needs no second machine. */
export const itOnLinux = itWhere(process.platform === 'linux', 'only Linux answers at 127.0.0.2');
