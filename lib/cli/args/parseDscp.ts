import { EchoError } from '../../errors';

/** The code points with names, RFC 2474, 2597, 3246, 5865 and 8622. */
const NAMES: ReadonlyMap<string, number> = new Map([
  ...Array.from({ length: 8 }, (_, each) => [`CS${each}`, each * 8] as const),
  ...[1, 2, 3, 4].flatMap((each) => [1, 2, 3].map((drop) => [`AF${each}${drop}`, each * 8 + drop * 2] as const)),
  ['LE', 1],
  ['VA', 44],
  ['EF', 46],
]);

/**
 * Reads a differentiated services code point: `EF`, `AF41`, `CS5`, or a number from 0 to 63.
 *
 * @throws `ERR_ECHO_OPTION` for anything else.
 */
export const parseDscp = (text: string): number => {
  const named = NAMES.get(text.toUpperCase());
  if (named !== undefined) return named;
  if (/^\d{1,2}$/.test(text) && Number(text) < 64) return Number(text);
  throw new EchoError('ERR_ECHO_OPTION', 'expected a class, for example EF, AF41 or CS5, or a number from 0 to 63');
};
