import type { BehaviorSubject, MonoTypeOperatorFunction } from 'rxjs';
import type { Transport } from '../../endpoint';
import { EchoError } from '../../errors';
import { omitUndefined } from '../../omitUndefined';
import type { Stage, StageContext } from '../../stage';

/** What a parameter is measured in; in the library milliseconds, bytes, bytes per second, 0..1 and numbers. */
export type ParameterKind = 'duration' | 'size' | 'rate' | 'probability' | 'ratio' | 'count' | 'frames' | 'choice';

/** One parameter of a fault: how it is written, what it may be, what it says in the help. */
export interface Parameter {
  /** Its word on the command line; the fault's own name for the one that `name=VALUE` sets. */
  readonly key: string;
  readonly kind: ParameterKind;
  /** Of the value that the fault is named after: whether the fault can do without it. Default: it cannot. */
  readonly optional?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  readonly description: string;
}

/** What the stages of one fault counted, by the name of the counter. */
export type Counts = ReadonlyMap<string, number>;

/** The options with every default in its place. */
export type ResolvedOptions<Options, Defaults> = Options & Required<Pick<Options, keyof Options & keyof Defaults>>;

/** Everything there is to know of a fault: the row of the catalogue that command line, help and live control read. */
export interface FaultDefinition<Options extends object, Defaults extends Partial<Options> = Partial<Options>> {
  readonly name: string;
  readonly transports: readonly Transport[];
  /** One line for the catalogue. */
  readonly description: string;
  /** Where the semantics come from. */
  readonly source: string;
  readonly parameters: { readonly [Name in keyof Required<Options>]: Parameter };
  readonly defaults: Defaults;
  /** What is wrong with parameters that are each right by themselves. */
  readonly validate?: (
    options: ResolvedOptions<Options, Defaults>,
    transport: Transport | undefined,
  ) => string | undefined;
  /** `options` is to be called for each frame: it may have changed. */
  readonly operator: (
    options: () => ResolvedOptions<Options, Defaults>,
    context: StageContext,
  ) => MonoTypeOperatorFunction<Buffer>;
  /** What it did, for people: `121 dropped (1.01 %)`; `undefined` when it did nothing. */
  readonly summary: (counts: Counts) => string | undefined;
}

/** Makes the stage of a fault, with its options in the library's units: milliseconds, bytes, shares of 1. */
export interface Fault<Options extends object> {
  /**
   * @param options The options; as a `BehaviorSubject` they can be changed, and the next frame sees it.
   * @throws `ERR_ECHO_OPTION` that names what is wrong with them.
   */
  (options: Options | BehaviorSubject<Options>): Stage;
  // The catalogue holds faults of all options; each reads only its own.
  readonly definition: FaultDefinition<Options>;
}

/** The options as one gives them: what has a default may be left out. */
type Given<Options, Defaults> = Omit<Options, keyof Defaults> & {
  readonly [Name in keyof Options & keyof Defaults]?: Options[Name];
};

/** Makes the stages of a definition. */
export const defineFault = <Options extends object, Defaults extends Partial<Options>>(
  definition: FaultDefinition<Options, Defaults>,
): Fault<Given<Options, Defaults>> => {
  type Open = Given<Options, Defaults>;
  // The same definition, of the options before they are settled: those are what its operator is called with.
  const open = definition as unknown as FaultDefinition<Open, Partial<Open>>;
  const stageOf = (options: Open | BehaviorSubject<Open>): Stage => {
    const current = 'subscribe' in options ? () => options.value : () => options;
    resolveOptions(open, current());
    const stage: Stage = (context) => open.operator(settling(open, current, context.transport), context);
    return Object.assign(Object.defineProperty(stage, 'name', { value: definition.name }), { retains: true });
  };
  return Object.assign(stageOf, { definition: open });
};

/** The options at the time of the call, complete and checked; a change of live ones is checked once. */
export const settling = <Options extends object, Defaults extends Partial<Options>>(
  definition: FaultDefinition<Options, Defaults>,
  current: () => Options,
  transport: Transport,
): (() => ResolvedOptions<Options, Defaults>) => {
  let read = current();
  let settled = resolveOptions(definition, read, transport);
  return () => {
    const now = current();
    if (now !== read) {
      read = now;
      settled = resolveOptions(definition, read, transport);
    }
    return settled;
  };
};

/**
 * The options with every default in its place.
 *
 * @throws `ERR_ECHO_OPTION` that names the parameter, what it may be, and what it is.
 */
export const resolveOptions = <Options extends object, Defaults extends Partial<Options>>(
  { name, parameters, defaults, validate }: FaultDefinition<Options, Defaults>,
  options: Options,
  transport?: Transport,
): ResolvedOptions<Options, Defaults> => {
  for (const [key, value] of Object.entries(options)) {
    const parameter = Object.hasOwn(parameters, key) && (parameters as Record<string, Parameter>)[key];
    if (!parameter) throw refused(name, `unknown option \`${key}\``);
    if (value !== undefined) check(name, key, value, parameter);
  }
  const settled = { ...defaults, ...omitUndefined(options) } as unknown as ResolvedOptions<Options, Defaults>;
  const wrong = validate?.(settled, transport) ?? missing(name, parameters, settled);
  if (wrong) throw refused(name, wrong);
  return settled;
};

const missing = (name: string, parameters: object, settled: object): string | undefined => {
  const named = Object.entries(parameters as Record<string, Parameter>).filter(([, { key }]) => key === name);
  const [needed] = named;
  if (needed === undefined || named.some(([key, { optional }]) => optional || key in settled)) return undefined;
  const [key, { description }] = needed;
  return `missing \`${key}\` (on the command line ${name}=…): ${description}`;
};

const check = (name: string, key: string, value: unknown, { kind, choices, min = 0, max }: Parameter): void => {
  if (kind === 'choice') {
    if (choices?.includes(value as string)) return;
    throw refused(name, `expected \`${key}\` to be one of ${choices?.join(', ')}, got \`${String(value)}\``);
  }
  const highest = max ?? maximums[kind];
  const whole = kind !== 'count' || Number.isInteger(value);
  if (typeof value === 'number' && value >= min && value <= highest && whole) return;
  const noun = kind === 'count' ? 'a whole number' : 'a number';
  throw refused(name, `expected \`${key}\` to be ${noun} from ${min} to ${highest}, got \`${String(value)}\``);
};

/** 24 h for a duration: a delay of 2^31 ms and more would fire at once in Node. */
const maximums = {
  duration: 24 * 3_600_000,
  size: Number.MAX_SAFE_INTEGER,
  rate: Number.MAX_SAFE_INTEGER,
  probability: 1,
  ratio: 1,
  count: Number.MAX_SAFE_INTEGER,
  frames: Number.MAX_SAFE_INTEGER,
} as const;

const refused = (name: string, message: string): EchoError => new EchoError('ERR_ECHO_OPTION', `${name}: ${message}`);
