/** A scraper or two and a probe ask: more connections are not a part of the server's file descriptors. */
export const MAX_METRICS_CONNECTIONS = 16;
