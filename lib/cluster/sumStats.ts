import type { Traffic } from '../server/serverStats';

/** What one worker served, and what its faults counted. */
export interface Stats {
  readonly traffic: Traffic;
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The figures of several workers as those of one server. A peak is added too: all of them buffered at most the sum of it. */
export const sumStats = (all: readonly Stats[]): Stats => ({
  traffic: {
    ...(added(all.map(({ traffic }) => ({ ...traffic, refused: 0, dropped: 0 }))) as Omit<Traffic, ByReason>),
    refused: added(all.map(({ traffic }) => traffic.refused)),
    dropped: added(all.map(({ traffic }) => traffic.dropped)),
  },
  counts: Object.fromEntries(
    namesIn(all.map(({ counts }) => counts)).map((name) => [name, added(all.map(({ counts }) => counts[name] ?? {}))]),
  ),
});

type ByReason = 'refused' | 'dropped';

const added = (records: readonly Readonly<Record<string, number>>[]): Record<string, number> =>
  Object.fromEntries(
    namesIn(records).map((name) => [name, records.reduce((sum, record) => sum + (record[name] ?? 0), 0)]),
  );

const namesIn = (records: readonly object[]): string[] => [...new Set(records.flatMap(Object.keys))];
