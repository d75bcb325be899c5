import type { Transport } from '../../../lib/endpoint';
import { Segments } from '../../../lib/faults/kit/segments';

/** Segments whose draws are numbered from 1. `visit` returns the parts as [bytes, position, draw]. */
const numbered = (transport: Transport = 'tcp') => {
  const segments = new Segments<number | string>(transport, 'none');
  const drawnAt: number[] = [];
  const visit = (bytes: number) => {
    const parts: unknown[] = [];
    segments.visit(bytes, {
      draw: (at) => drawnAt.push(at),
      part: (...part) => parts.push(part),
    });
    return parts;
  };
  return { visit, drawnAt, pass: (bytes: number) => segments.pass(bytes) };
};

describe('Segments', () => {
  it('draws once for each segment of a TCP stream, in any chunks', () => {
    const { visit } = numbered();
    expect(visit(1000)).toEqual([[1000, 0, 1]]);
    expect(visit(1000)).toEqual([
      [460, 1000, 1],
      [540, 1460, 2],
    ]);
    expect(visit(2380)).toEqual([
      [920, 2000, 2],
      [1460, 2920, 3],
    ]);
    expect(visit(1)).toEqual([[1, 4380, 4]]);
  });

  it('draws once for each datagram, also for empty ones', () => {
    const { visit } = numbered('udp');
    expect([visit(4000), visit(0)]).toEqual([[[4000, 0, 1]], [[0, 1, 2]]]);
  });

  it('passes the offset of the segment to the draw', () => {
    const { visit, drawnAt } = numbered();
    visit(3000);
    expect(drawnAt).toEqual([0, 1460, 2920]);
  });

  it('returns the number of skipped draws when a frame is passed', () => {
    const { visit, pass } = numbered();
    expect([pass(1), pass(1459), pass(1460), pass(1), pass(0), pass(3000)]).toEqual([1, 0, 1, 1, 0, 2]);
    expect(visit(1000)).toEqual([[1379, 5921, 'none'].map((each, index) => (index === 0 ? 1000 : each))]);
    const datagrams = numbered('udp');
    expect([datagrams.pass(4000), datagrams.pass(0)]).toEqual([1, 1]);
    expect(datagrams.visit(1)).toEqual([[1, 2, 1]]);
  });

  it('keeps the draw of a segment when a part of it is passed', () => {
    const { visit, pass } = numbered();
    visit(1000);
    expect(pass(100)).toBe(0);
    expect(visit(360)).toEqual([[360, 1100, 1]]);
  });
});
