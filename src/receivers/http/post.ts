import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventSink } from '../../core/event.js';
import type { StreamOpening } from '../../store/journal/batch.js';
import type { StreamProgress, StreamWriter } from '../../store/journal/stream-writer.js';
import type { Sender } from '../auth/access.js';
import { progressCounter, type Intake } from '../intake.js';
import { readBody, type BodyEnd, type BodyReading } from './body.js';
import type { BufferedRequest } from './buffered-request.js';
import type { Posted, PostFormat } from './post-formats.js';
import { asFailure, detailOf, journalFailure, reply, type Failure } from './reply.js';
import { onRequestAbort } from './request-abort.js';
import {
  openingWithOrigin,
  sourceFailure,
  sourceHeadersOf,
  sourceRequest,
  type SourceRequest,
} from './source-request.js';

export interface PostParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly sender: Sender;
  readonly format: PostFormat;
  readonly opening: Omit<StreamOpening, 'id' | 'startedAt'>;
  /** Buffers the events of a format that is stored completely or not at all. */
  readonly bufferedRequest: (journal: EventSink) => BufferedRequest;
  /** Called once, before the reply. */
  readonly onClosed: () => void;
}

/**
 * One POST, which is one stream. Its events are decoded and committed while they arrive; the reply follows once all of
 * them are on disk or have failed.
 */
export class Post {
  readonly #intake: Intake;
  readonly #parts: PostParts;
  readonly #stream: StreamWriter;
  readonly #count: (progress: StreamProgress) => void;
  readonly #buffered: BufferedRequest | undefined;
  readonly #forgetToken: () => void;
  #posted: Posted | undefined;
  #reading: BodyReading | undefined;
  #source: SourceRequest | undefined;
  #failure: Failure | undefined;
  #isClosing = false;

  constructor(intake: Intake, parts: PostParts) {
    const { request, sender, format, opening, bufferedRequest } = parts;
    this.#intake = intake;
    this.#parts = parts;
    this.#count = progressCounter(intake.counts, 'http');
    this.#stream = intake.writer.openStream(
      format.isBuffered ? opening : openingWithOrigin(opening, request.headers),
      (progress, closed) => this.#onProgress(progress, closed),
    );
    this.#buffered = format.isBuffered ? bufferedRequest(this.#stream.append) : undefined;
    this.#forgetToken = onRequestAbort({
      request,
      sender,
      idleTimeoutMs: intake.idleTimeoutMs,
      reading: () => this.#reading,
      fail: failure => this.fail(failure),
    });
  }

  /** The id of its stream. */
  get id(): number {
    return this.#stream.id;
  }

  /** Starts reading the body. */
  start(): void {
    try {
      this.#open();
    } catch (error) {
      this.fail(asFailure(error));
    }
  }

  /** Stops reading; the first failure is that of the reply. The received events are committed. */
  fail(failure: Failure): void {
    this.#failure ??= failure;
    this.#close();
  }

  #open(): void {
    const { request, sender, format } = this.#parts;
    const { maxEventBytes, knownObjects } = this.#intake;
    const source = format.isBuffered ? undefined : sourceHeadersOf(request.headers);
    const failure = sourceFailure(request.headers, source, this.#intake);
    if (failure) {
      this.fail(failure);
      return;
    }
    const sink = this.#intake.process(this.#buffered?.buffer ?? this.#stream.append, sender);
    if (source) this.#source = sourceRequest(this.#stream, source, sink);
    this.#posted = format.open(request, this.#untilClosing(this.#source?.sink ?? sink), {
      maxEventBytes,
      knownObjects,
    });
    this.#reading = readBody(
      request,
      this.#buffered?.limit(this.#posted.decoder) ?? this.#posted.decoder,
      this.#intake,
      sender.allowance,
      end => this.#onEnd(end),
      format.contentEncoding?.(request),
    );
  }

  /** Drops events of an asynchronous decoder after the stream closes, since the reply does not count them. */
  #untilClosing(sink: EventSink): EventSink {
    return (bytes, start, end, meta) => {
      if (!this.#isClosing) sink(bytes, start, end, meta);
    };
  }

  #onEnd(end: BodyEnd): void {
    if (end instanceof Error) {
      this.fail(asFailure(end));
      return;
    }
    if (end === 'complete') this.#buffered?.store();
    this.#close();
  }

  /** Stops reading. The reply follows once all earlier events are on disk. */
  #close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#reading?.stop();
    this.#stream.close();
  }

  #onProgress(progress: StreamWriter, closed: boolean): void {
    this.#count(progress);
    if (closed) this.#reply(progress);
    else if (progress.error) this.fail(journalFailure(progress)!);
  }

  #reply(progress: StreamWriter): void {
    const { request, response, onClosed } = this.#parts;
    onClosed();
    this.#forgetToken();
    this.#buffered?.close();
    this.#posted?.close?.();
    // A failure of the journal overrides an error of the request, which would not reveal that events are not stored.
    const failure = journalFailure(progress) ?? this.#failure;
    if (failure) this.#intake.counts.refused(failure.reason, 1, detailOf(request, failure));
    const success = this.#posted?.success() ?? { status: 200 };
    reply(request, response, this.#intake.durability, progress, failure, success, this.#source?.position);
  }
}
