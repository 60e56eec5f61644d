import { DecodeError } from '../../formats/decoder.js';
import { OtlpDecoder, type OtlpEncoding, type OtlpRequest, type Rejections } from '../../formats/otlp/decode.js';
import type { Signal } from '../../formats/otlp/messages.js';
import type { StreamOpening } from '../../store/journal/batch.js';
import type { StreamProgress, StreamWriter } from '../../store/journal/stream-writer.js';
import type { Sender } from '../auth/access.js';
import { asFailure, explained, isOrdinary, journalFailure, STOPPING, type Failure } from '../http/reply.js';
import { progressCounter, type Intake, type RequestOrigin } from '../intake.js';
import { bodyBuffers, type BodyBuffer, type BodyBuffers } from './body.js';

/** An OTLP request, over HTTP or gRPC. */
export interface OtlpCall {
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  /** Released by {@link OtlpIntake.take}. */
  readonly body: BodyBuffer;
  readonly opening: Omit<StreamOpening, 'id' | 'startedAt'>;
  readonly sender: Sender;
  readonly origin: RequestOrigin;
}

/** The outcome of a request: a failure, or all events on disk except the rejected ones. */
export type OtlpOutcome = { readonly failure: Failure } | { readonly failure?: never; readonly rejections: Rejections };

function refuseOwn(): never {
  throw new DecodeError('invalid_event', 'it has come from this store, which does not take it again');
}

/** The common part of the OTLP transports. A request is one stream, stored after it has been decoded completely. */
export class OtlpIntake {
  /** The buffers of request bodies, used until the writer has the events. */
  readonly bodies: BodyBuffers = bodyBuffers();
  readonly #intake: Intake;
  readonly #decoder: OtlpDecoder;
  #active = 0;
  #isStopping = false;

  constructor(intake: Intake) {
    this.#intake = intake;
    this.#decoder = new OtlpDecoder(intake.maxEventBytes);
  }

  /** The number of requests that are being stored. */
  get active(): number {
    return this.#active;
  }

  /** Resolves once the events are on disk or the request has failed. Never rejects. */
  async take(call: OtlpCall): Promise<OtlpOutcome> {
    this.#active++;
    const outcome = await this.#outcomeOf(call);
    this.#active--;
    this.#count(outcome, call.origin);
    return outcome;
  }

  /** Rejects new requests. A partly stored request completes, without waiting for room: a retry would store its events twice. */
  stop(): void {
    this.#isStopping = true;
  }

  async #outcomeOf(call: OtlpCall): Promise<OtlpOutcome> {
    const { signal, encoding, body } = call;
    let request: OtlpRequest | undefined;
    /** Releases the memory while the events go to disk, since many requests may wait for that. */
    function release(): void {
      request?.release();
      request = undefined;
      body.release();
    }
    try {
      await this.#room();
      request = await this.#decoder.decode(signal, encoding, body.bytes);
      return this.#isStopping ? { failure: STOPPING } : await this.#store(call, request, release);
    } catch (error) {
      return { failure: asFailure(error) };
    } finally {
      release();
    }
  }

  /** @param onAppended called once the writer has all events of the request */
  async #store({ opening, sender }: OtlpCall, request: OtlpRequest, onAppended: () => void): Promise<OtlpOutcome> {
    const { writer, counts } = this.#intake;
    await this.#room();
    const count = progressCounter(counts, opening.transport);
    let closed: (progress: StreamProgress) => void;
    const end = new Promise<StreamProgress>(resolve => (closed = resolve));
    const stream = writer.openStream(opening, (progress, isClosed) => {
      count(progress);
      if (isClosed) closed(progress);
    });
    let outcome: OtlpOutcome;
    try {
      const sink = this.#isOwn(opening) ? refuseOwn : this.#intake.process(stream.append, sender);
      outcome = { rejections: await request.handOn(sink, () => this.#yieldTo(stream)) };
    } catch (error) {
      outcome = { failure: asFailure(error) };
    }
    onAppended();
    stream.close();
    const failure = journalFailure(await end);
    return failure ? { failure } : outcome;
  }

  /** True for events that have come from this store. */
  #isOwn({ origin }: OtlpCall['opening']): boolean {
    const { identity } = this.#intake;
    return identity !== undefined && origin?.split(',').includes(identity.id) === true;
  }

  /** Waits for room between two slices of a request. @throws the error of the stream, to skip the rest */
  async #yieldTo(stream: StreamWriter): Promise<void> {
    await this.#room();
    if (stream.error) throw stream.error;
  }

  /** Waits until the journal has room. */
  async #room(): Promise<void> {
    const { writer } = this.#intake;
    while (writer.isFull && !this.#isStopping) await new Promise<void>(resolve => writer.onRoom(resolve));
  }

  #count({ failure, ...stored }: OtlpOutcome, origin: RequestOrigin): void {
    const { counts } = this.#intake;
    if (failure) {
      const detail = isOrdinary(failure.reason) ? undefined : { ...origin, message: explained(failure) };
      counts.refused(failure.reason, 1, detail);
    }
    if (!('rejections' in stored)) return;
    const { byReason, first } = stored.rejections;
    for (const [reason, events] of byReason) {
      // SDKs do not show a partial success to their users.
      const message = first?.reason === reason ? first.message : reason;
      counts.refused(reason, events, { ...origin, message, isPartial: true });
    }
  }
}
