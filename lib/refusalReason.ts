/**
 * Why a connection was not served.
 *
 * - `max-connections` as many were open as may be
 * - `max-connections-per-source` as many of its source were
 */
export type RefusalReason = 'max-connections' | 'max-connections-per-source';
