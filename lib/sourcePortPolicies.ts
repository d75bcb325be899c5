/**
 * Which source ports of datagrams are never answered, since what listens there may answer the answer.
 *
 * - `reserved` below 1024, and 2049 (NFS): OpenBSD's inetd. Whoever asks an echo server has an ephemeral port
 * - `services` the small services that answer whatever comes: those of NetBSD's inetd (7, 9, 13, 19, 37), and 17
 *   (RFC 865)
 * - `none` all but 0 and our own are answered
 */
export const sourcePortPolicies = ['reserved', 'services', 'none'] as const;

export type SourcePortPolicy = (typeof sourcePortPolicies)[number];
