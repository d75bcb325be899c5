/**
 * Why a connection was not served.
 *
 * - `denied` its source is not to be served (`AccessList`)
 * - `max-connections` as many were open as may be
 * - `max-connections-per-source` as many of its source were
 */
export type RefusalReason = 'denied' | 'max-connections' | 'max-connections-per-source';
