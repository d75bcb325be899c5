import { GenerationalMap } from '../../../lib/udp/filter/generationalMap';

const table = () => {
  let made = 0;
  return new GenerationalMap(() => ({ id: (made += 1) }));
};

describe('GenerationalMap', () => {
  it.each([
    ['192.0.2.1', 50_000],
    ['2001:db8::1', 50_000],
    ['fe80::1%eth0', 50_000],
  ])('knows %s again by its address and its port', (address, port) => {
    const sources = table();
    const known = sources.of(address, port);
    expect(sources.of(address, port)).toBe(known);
    expect(sources.of(address, port + 1)).not.toBe(known);
  });

  it('distinguishes neighbours', () => {
    const sources = table();
    const ids = ['192.0.2.1', '192.0.2.2', '193.0.2.1', '::1', '::2', 'fe80::1%a', 'fe80::1%b'].flatMap((address) =>
      [0, 1, 65_535].map((port) => sources.of(address, port).id),
    );
    expect(new Set(ids).size).toBe(21);
  });

  it('takes an IPv4 address for the same however it is written', () => {
    const sources = table();
    expect(sources.of('::ffff:192.0.2.1', 7)).toBe(sources.of('192.0.2.1', 7));
  });

  it('keeps sources that are used, and forgets the others, however many come', () => {
    const sources = table();
    const heard = sources.of('192.0.2.1', 1);
    const silent = sources.of('192.0.2.1', 2);
    for (let at = 0; at < 10_000; at += 1) {
      sources.of(`10.0.${at >> 8}.${at & 255}`, 7);
      if (at % 2000 === 0) expect(sources.of('192.0.2.1', 1)).toBe(heard);
    }
    expect(sources.of('192.0.2.1', 2)).not.toBe(silent);
  });
});
