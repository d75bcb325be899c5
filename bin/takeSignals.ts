/**
 * Takes the signals that ccecho answers, for the whole life of the process: what it does at each of them is found out
 * later, and by default one that comes earlier kills. Without a listener the second signal of one ctrl-C, or a third,
 * would kill too. It stands before every other import, since loading them takes longest.
 */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => undefined);
