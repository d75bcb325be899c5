import type { BehaviorSubject, MonoTypeOperatorFunction } from 'rxjs';
import type { Transport } from '../../endpoint';
import { EchoError } from '../../errors';
import { omitUndefined } from '../../omitUndefined';
import type { Stage, StageContext } from '../../stage';

/** The kind of a parameter. Library units: milliseconds, bytes, bytes per second, shares 0..1 and numbers. */
export type ParameterKind = 'duration' | 'size' | 'rate' | 'probability' | 'ratio' | 'count' | 'frames' | 'choice';

/** Describes one parameter of a fault: syntax, allowed values and help text. */
export interface Parameter {
  /** The key on the command line. The parameter that `name=VALUE` sets has the fault's name as its key. */
  readonly key: string;
  readonly kind: ParameterKind;
  /** Whether `name=VALUE` may be omitted. Only for the parameter that it sets. Default: `false`. */
  readonly optional?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  readonly description: string;
}

/** The counters of one fault over all peers, by counter name. */
export type Counts = ReadonlyMap<string, number>;

/** The options after the defaults are applied. */
export type ResolvedOptions<Options, Defaults> = Options & Required<Pick<Options, keyof Options & keyof Defaults>>;

/** Describes a fault for the command line, the help and live control. */
export interface FaultDefinition<Options extends object, Defaults extends Partial<Options> = Partial<Options>> {
  readonly name: string;
  readonly transports: readonly Transport[];
  /** One line of help. */
  readonly description: string;
  /** The tool or RFC from which the semantics come. */
  readonly source: string;
  readonly parameters: { readonly [Name in keyof Required<Options>]: Parameter };
  readonly defaults: Defaults;
  /** Returns what is wrong with a combination of valid parameters, or `undefined`. */
  readonly validate?: (
    options: ResolvedOptions<Options, Defaults>,
    transport: Transport | undefined,
  ) => string | undefined;
  /** Creates the operator. It calls `options` for each frame, because live options may have changed. */
  readonly operator: (
    options: () => ResolvedOptions<Options, Defaults>,
    context: StageContext,
  ) => MonoTypeOperatorFunction<Buffer>;
  /** Returns what the fault did, for a report: `121 dropped (1.01 %)`. Returns `undefined` if it did nothing. */
  readonly summary: (counts: Counts) => string | undefined;
}

/** Creates the stage of a fault. Its options are in milliseconds, bytes and shares 0..1. */
export interface Fault<Options extends object> {
  /**
   * @param options The options. If they are a `BehaviorSubject`, a new value applies from the next frame.
   * @throws `ERR_ECHO_OPTION` that names the invalid option.
   */
  (options: Options | BehaviorSubject<Options>): Stage;
  // The catalogue mixes faults with different options; each fault reads only its own.
  readonly definition: FaultDefinition<Options>;
}

/** The options that a caller passes. Options with a default may be omitted. */
type Given<Options, Defaults> = Omit<Options, keyof Defaults> & {
  readonly [Name in keyof Options & keyof Defaults]?: Options[Name];
};

/** Creates the stage factory of a fault definition. */
export const defineFault = <Options extends object, Defaults extends Partial<Options>>(
  definition: FaultDefinition<Options, Defaults>,
): Fault<Given<Options, Defaults>> => {
  type Open = Given<Options, Defaults>;
  // Retypes the definition to the options that a caller passes, before the defaults are applied.
  const open = definition as unknown as FaultDefinition<Open, Partial<Open>>;
  const stageOf = (options: Open | BehaviorSubject<Open>): Stage => {
    const current = 'subscribe' in options ? () => options.value : () => options;
    resolveOptions(open, current());
    const stage: Stage = (context) => open.operator(settling(open, current, context.transport), context);
    return Object.assign(Object.defineProperty(stage, 'name', { value: definition.name }), { retains: true });
  };
  return Object.assign(stageOf, { definition: open });
};

/** Returns a getter of the current options, validated and with defaults. It validates each live change once. */
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
 * Validates options and applies the defaults.
 *
 * @throws `ERR_ECHO_OPTION` that names the parameter, the allowed values and the actual value.
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
  const candidates = Object.entries(parameters as Record<string, Parameter>).filter(([, { key }]) => key === name);
  const [needed] = candidates;
  if (needed === undefined || candidates.some(([key, { optional }]) => optional || key in settled)) return undefined;
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

/** Durations are limited to 24 h, because Node fires a timer of 2^31 ms or more at once. */
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
