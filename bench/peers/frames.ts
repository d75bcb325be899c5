/** A server of frames of 64 bytes on ccecho, which answers each by itself: `pushed` with `frames`, or `pulled` with `reader`. */
import { frames, pulled, reader, startEcho, type Codec, type Stage } from '../../lib/index';
import { announce } from './announce';

const FRAME_BYTES = 64;

const fixed: Codec<Buffer> = {
  decode: (bytes, start) => {
    const end = start + FRAME_BYTES;
    return end > bytes.byteLength ? { needs: FRAME_BYTES } : { frame: bytes.subarray(start, end), end };
  },
};

const pushedFrames: Stage = Object.assign((() => frames(fixed)) satisfies Stage, { retains: true });

const pulledFrames = pulled(async function* (bytes) {
  const reading = reader(bytes);
  for (;;) yield reading.exactly(FRAME_BYTES);
});

const main = async (): Promise<void> => {
  const echo = await startEcho({ stages: [process.argv[2] === 'pulled' ? pulledFrames : pushedFrames] });
  announce(echo.port);
};

void main();
