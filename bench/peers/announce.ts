/** What a server under test says of itself over the channel of its parent: its port, and what it used whenever asked. */
export const announce = (port: number, extra: () => object = () => ({})): void => {
  process.send?.({ port });
  process.on('message', (ask: string) => {
    if (ask !== 'usage') return;
    const { user, system } = process.cpuUsage();
    // In kilobytes; counts what the parent held when it forked, so it is only asked where /proc does not say.
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    process.send?.({ cpuUs: user + system, rssBytes: process.memoryUsage().rss, peakBytes, ...extra() });
  });
};
