import { UnsubscriptionError, type TeardownLogic } from 'rxjs';
import { EchoError, invalidChunkError } from '../../errors';
import { LightSubscriber } from '../../streams/lightSubscriber';

/** Receives the output of a stage, and how it ends. */
export interface StageOutputOwner {
  readonly name: string;
  emit(frame: Buffer): void;
  failed(error: EchoError): void;
  completed(output: StageOutput): void;
  /** Called with an error that comes after the end. */
  failedLate(error: EchoError): void;
}

/**
 * The subscriber behind one stage. It checks that the stage emits bytes, and names the stage in its errors (021).
 *
 * It catches the errors of teardowns (`finalize`), which would leave through the event of a socket and end the process.
 */
export class StageOutput extends LightSubscriber<Buffer> {
  constructor(private readonly owner: StageOutputOwner) {
    super();
  }

  next(frame: Buffer): void {
    if (this.closed) return;
    if (frame instanceof Uint8Array) this.owner.emit(frame);
    else this.error(invalidChunkError(frame, this.owner.name));
  }

  error(error: unknown): void {
    if (this.closed) return;
    this.owner.failed(stageError(error, this.owner.name));
    this.unsubscribe();
  }

  complete(): void {
    if (this.closed) return;
    this.owner.completed(this);
    this.unsubscribe();
  }

  override unsubscribe(): void {
    this.#guard(() => super.unsubscribe());
  }

  /** An output that has ended runs the teardown at once. */
  override add(teardown: TeardownLogic): void {
    if (this.closed) this.#guard(() => super.add(teardown));
    else super.add(teardown);
  }

  #guard(tearDown: () => void): void {
    try {
      tearDown();
    } catch (error) {
      this.owner.failedLate(stageError(error, this.owner.name));
    }
  }
}

/** Returns a stage's error with its name. An `EchoError` came from upstream or was thrown on purpose, and stays. */
export const stageError = (thrown: unknown, stageName: string): EchoError => {
  const error = firstOf(thrown);
  if (error instanceof EchoError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new EchoError('ERR_ECHO_STAGE', `The stage "${stageName}" failed: ${reason}`, { cause: error });
};

/** RxJS throws the errors of teardowns as one error with a list. */
const firstOf = (thrown: unknown): unknown => {
  if (!(thrown instanceof UnsubscriptionError)) return thrown;
  const [first] = thrown.errors as unknown[];
  return firstOf(first);
};
