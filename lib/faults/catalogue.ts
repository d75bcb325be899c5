import { blackhole } from './blackhole';
import { close } from './close';
import { corrupt } from './corrupt';
import { duplicate } from './duplicate';
import type { Fault } from './kit/defineFault';
import { latency } from './latency';
import { limit } from './limit';
import { loss } from './loss';
import { rate } from './rate';
import { reorder } from './reorder';
import { reset } from './reset';
import { slice } from './slice';
import { slowClose } from './slowClose';
import { slowOpen } from './slowOpen';
import { stall } from './stall';

/** All faults, in the order of the help. */
export const catalogue = [
  latency,
  rate,
  loss,
  duplicate,
  corrupt,
  reorder,
  slice,
  limit,
  reset,
  close,
  blackhole,
  stall,
  slowClose,
  slowOpen,
] as unknown as readonly Fault<Record<string, unknown>>[];

/** Maps the names that other tools use to the names of these faults. */
export const aliases: Readonly<Record<string, string>> = {
  delay: 'latency',
  bandwidth: 'rate',
  slicer: 'slice',
  limit_data: 'limit',
  reset_peer: 'reset',
  slow_close: 'slow-close',
  packet_loss: 'loss',
  drop: 'loss',
  empty: 'limit',
  ood: 'reorder',
  tamper: 'corrupt',
  timeout: 'blackhole',
};
