/**
 * Listens to the signals for the whole life of the process: by default a signal during the start, or the repetition of
 * one ctrl-C, would kill it. It stands before every other import, because loading them takes longest.
 */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => undefined);
