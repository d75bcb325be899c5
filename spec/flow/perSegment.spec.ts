import { perSegment } from '../../lib/flow/perSegment';
import { stageContext } from '../../lib/flow/stageContext';

const counting = () => {
  let draws = 0;
  return () => ++draws;
};
const frame = (bytes: number): Buffer => Buffer.alloc(bytes);

describe('perSegment', () => {
  it('draws once for each segment of a TCP stream, by its place and not by the chunk', () => {
    const parts = perSegment(stageContext(), counting());
    expect(parts(frame(1000))).toEqual([{ bytes: 1000, at: 0, drawn: 1 }]);
    expect(parts(frame(1000))).toEqual([
      { bytes: 460, at: 1000, drawn: 1 },
      { bytes: 540, at: 1460, drawn: 2 },
    ]);
    expect(parts(frame(2380)).map(({ drawn }) => drawn)).toEqual([2, 3]);
    expect(parts(frame(1))).toEqual([{ bytes: 1, at: 4380, drawn: 4 }]);
  });

  it('draws once for each datagram, empty ones too', () => {
    const parts = perSegment(stageContext({ transport: 'udp' }), counting());
    expect([frame(4000), frame(0)].map(parts)).toEqual([
      [{ bytes: 4000, at: 0, drawn: 1 }],
      [{ bytes: 0, at: 1, drawn: 2 }],
    ]);
  });

  it('goes on at its place when it is made again for the same connection', () => {
    const context = stageContext();
    perSegment(context, () => 'old')(frame(1000));
    expect(perSegment(context, () => 'new')(frame(461))).toEqual([
      { bytes: 460, at: 1000, drawn: 'old' },
      { bytes: 1, at: 1460, drawn: 'new' },
    ]);
  });

  it('tells the draw where the segment begins', () => {
    const at: number[] = [];
    perSegment(stageContext(), (place) => at.push(place))(frame(3000));
    expect(at).toEqual([0, 1460, 2920]);
  });
});
