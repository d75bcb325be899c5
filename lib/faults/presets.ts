/** A well-known network, as faults in command-line syntax. */
export interface Preset {
  readonly faults: readonly string[];
  /** Where the numbers come from. */
  readonly source: string;
}

/**
 * The presets, by name.
 *
 * An echo crosses both the downlink and the uplink, so each preset combines the published values of both. The latency
 * is the sum (the round trip), the rate is the smaller one, and the loss is 1 - (1 - down)(1 - up).
 */
export const presets: Readonly<Record<string, Preset>> = {
  '2g': {
    faults: ['latency=1300ms', 'rate=32kbit'],
    source: 'WebPageTest 2G 35/32 kbit, 1300 ms (ATC urban, 650 + 650 ms)',
  },
  '3g': { faults: ['latency=300ms', 'rate=768kbit'], source: 'WebPageTest 3G 1.6 Mbit/768 kbit, 300 ms' },
  '3g-lossy': {
    faults: ['loss=1%', 'latency=200ms', 'rate=330kbit'],
    source: 'Network Link Conditioner "3G, Lossy": 1 % down only; 100 + 100 ms, 780/330 kbit',
  },
  'slow-4g': {
    faults: ['latency=150ms', 'rate=750kbit'],
    source: 'Lighthouse mobile default; Chrome "Slow 4G" target 150 ms, 1.6 Mbit/750 kbit',
  },
  '4g': { faults: ['latency=60ms', 'rate=1.5mbit'], source: 'Chrome "Fast 4G" target 60 ms, 9/1.5 Mbit' },
  lte: { faults: ['latency=35ms', 'rate=12mbit'], source: 'sitespeed.io throttle lte' },
  dsl: { faults: ['latency=50ms', 'rate=384kbit'], source: 'WebPageTest DSL 1.5 Mbit/384 kbit, 50 ms' },
  satellite: {
    faults: ['loss=1%', 'latency=680ms,jitter=82ms,distribution=normal', 'rate=3mbit'],
    source:
      'round trip: Ookla Q1 2025 (HughesNet 683 ms, Viasat 684 ms); physics floor 558 ms (RFC 2488, 2); ' +
      "jitter, rate and loss: BeanNetworkTester's preset, partly its estimates",
  },
  'lossy-wifi': {
    faults: ['loss=2%,burst=5', 'latency=20ms,jitter=15ms', 'rate=15mbit'],
    source:
      'Firefox Wi-Fi 30/15 Mbit; loss and jitter are estimates without a measured source; ' +
      'bursts after Haßlinger & Hohlfeld 2008',
  },
  offline: { faults: ['blackhole'], source: 'no reply arrives' },
};
