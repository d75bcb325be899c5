/** Returns milliseconds with three digits, `-` for a value that does not exist. */
export const formatMs = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(3));
