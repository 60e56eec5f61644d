import { otlpDecoder, type OtlpEncoding, type OtlpRequest, type Rejections } from '../../formats/otlp/decode.js';
import type { Signal } from '../../formats/otlp/messages.js';
import type { StreamOpening } from '../../store/journal/batch.js';
import type { StreamProgress, StreamWriter } from '../../store/journal/writer.js';
import type { Sender } from '../auth/access.js';
import { asFailure, explained, isOrdinary, journalFailure, STOPPING, type Failure } from '../http/reply.js';
import { progressCounter, type Intake, type RequestOrigin } from '../intake.js';
import { bodyBuffers, type BodyBuffer, type BodyBuffers } from './body.js';

/** A request of OTLP, whatever it came by. */
export interface OtlpCall {
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  /** Released here. */
  readonly body: BodyBuffer;
  readonly opening: Omit<StreamOpening, 'id' | 'startedAt'>;
  readonly sender: Sender;
  readonly origin: RequestOrigin;
}

/** What became of a request: it failed and nothing of it counts as stored, or all of it is on disk but what was left out. */
export type OtlpOutcome = { readonly failure: Failure } | { readonly failure?: never; readonly rejections: Rejections };

/** What the OTLP transports have in common: a request is one stream, stored after all of it was decoded. */
export interface OtlpIntake {
  /** Resolves when the events are on disk, or the request has failed. Never rejects. */
  take(call: OtlpCall): Promise<OtlpOutcome>;
  /** What the bodies of requests are kept in until the writer has their events. */
  readonly bodies: BodyBuffers;
  /** Requests that are being stored. */
  readonly active: number;
  /** From now on requests fail. One that is partly stored goes on, and waits no more for the journal to have room: sent again, it would be there twice. */
  stop(): void;
}

/** Creates it. */
export function otlpIntake(intake: Intake): OtlpIntake {
  const { writer, counts } = intake;
  const decoder = otlpDecoder(intake.maxEventBytes);
  let active = 0;
  let isStopping = false;

  /** @param handedOn called once the writer has all that it gets of the request */
  async function store(
    { opening, sender }: OtlpCall,
    request: OtlpRequest,
    handedOn: () => void,
  ): Promise<OtlpOutcome> {
    await room();
    const count = progressCounter(counts, opening.transport);
    let closed: (progress: StreamProgress) => void;
    const end = new Promise<StreamProgress>(resolve => (closed = resolve));
    const stream = writer.openStream(opening, (progress, isClosed) => {
      count(progress);
      if (isClosed) closed(progress);
    });
    let outcome: OtlpOutcome;
    try {
      outcome = { rejections: await request.handOn(intake.admit(stream.append, sender), () => goOn(stream)) };
    } catch (error) {
      outcome = { failure: asFailure(error) };
    }
    handedOn();
    stream.close();
    const failure = journalFailure(await end);
    return failure ? { failure } : outcome;
  }

  /** Waits until the journal has room. */
  async function room(): Promise<void> {
    while (writer.isFull && !isStopping) await new Promise<void>(resolve => writer.onRoom(resolve));
  }

  /** Between two slices of a request. @throws when the rest of it need not be handed on */
  async function goOn(stream: StreamWriter): Promise<void> {
    await room();
    if (stream.error) throw stream.error;
  }

  function note({ failure, ...stored }: OtlpOutcome, origin: RequestOrigin): void {
    if (failure) {
      const detail = isOrdinary(failure.reason) ? undefined : { ...origin, message: explained(failure) };
      counts.refused(failure.reason, 1, detail);
    }
    if (!('rejections' in stored)) return;
    const { byReason, first } = stored.rejections;
    for (const [reason, events] of byReason) {
      // No SDK shows its user a partial success.
      const message = first?.reason === reason ? first.message : reason;
      counts.refused(reason, events, { ...origin, message, isPartial: true });
    }
  }

  async function outcomeOf(call: OtlpCall): Promise<OtlpOutcome> {
    const { signal, encoding, body } = call;
    let request: OtlpRequest | undefined;
    /** What a request took is the next one's while its events go to disk: many may wait for that. */
    function release(): void {
      request?.release();
      request = undefined;
      body.release();
    }
    try {
      await room();
      request = await decoder.decode(signal, encoding, body.bytes);
      return isStopping ? { failure: STOPPING } : await store(call, request, release);
    } catch (error) {
      return { failure: asFailure(error) };
    } finally {
      release();
    }
  }

  return {
    async take(call) {
      active++;
      const outcome = await outcomeOf(call);
      active--;
      note(outcome, call.origin);
      return outcome;
    },
    bodies: bodyBuffers(),
    get active() {
      return active;
    },
    stop: () => void (isStopping = true),
  };
}
