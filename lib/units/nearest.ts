import { closest, distance } from 'fastest-levenshtein';

/** The word that was probably meant, if there is one. */
export const nearest = (word: string, words: readonly string[]): string | undefined => {
  if (words.length === 0) return undefined;
  const found = closest(word, words);
  // A short word is like too many others.
  return distance(word, found) <= (word.length < 5 ? 1 : 2) ? found : undefined;
};
