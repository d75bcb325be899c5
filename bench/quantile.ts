/** The value below which a part `q`, from 0 to 1, of the numbers lies; 0.5 is the median. */
export const quantile = (numbers: ArrayLike<number>, q: number): number => {
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
};
