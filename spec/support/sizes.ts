export const KIB = 1024;
export const MIB = 1024 * KIB;
/** The max bytes of one read. */
export const READ = 64 * KIB;
/** The high-water mark of the write sink of a connection, in bytes. */
export const SINK_MARK = 512 * KIB;
