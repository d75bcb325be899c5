/** Formats bytes: `1.2 MB`. */
export const formatBytes = (bytes: number): string => {
  const exponent = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  const unit = ['B', 'kB', 'MB', 'GB', 'TB'][exponent]!;
  return exponent === 0 ? `${bytes} B` : `${(bytes / 1000 ** exponent).toFixed(1)} ${unit}`;
};

/** Formats a share: `1.01 %`. */
export const formatShare = (part: number, whole: number): string =>
  `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(2)} %`;

/** Formats a time: `50.4 ms`. */
export const formatMs = (ms: number): string => `${ms.toFixed(1)} ms`;

/** Formats a number with its noun: `1 datagram`, `12 datagrams`. */
export const formatCount = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
