/**
 * Selects the source ports whose datagrams are dropped, because a server there might answer the answer.
 *
 * - `reserved` ports below 1024, and 2049 (NFS), as OpenBSD's inetd does; clients use ephemeral ports
 * - `services` the small services that answer anything: those of NetBSD's inetd (7, 9, 13, 19, 37), and 17 (RFC 865)
 * - `none` only port 0 and the port that is served
 */
export const sourcePortPolicies = ['reserved', 'services', 'none'] as const;

export type SourcePortPolicy = (typeof sourcePortPolicies)[number];
