import { closest, distance } from 'fastest-levenshtein';

/**
 * Returns the word that was probably meant, if there is one.
 *
 * @param mostEdits The maximum of wrong letters. Default: 2, and 1 for a word under five letters, which resembles too
 *   many.
 */
export const suggest = (
  word: string,
  words: readonly string[],
  mostEdits = word.length < 5 ? 1 : 2,
): string | undefined => {
  if (words.length === 0) return undefined;
  const found = closest(word, words);
  return distance(word, found) <= mostEdits ? found : undefined;
};
