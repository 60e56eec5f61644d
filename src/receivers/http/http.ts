import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventSink } from '../../core/event.js';
import type { Sender } from '../auth/access.js';
import { onRequestAbort } from './request-abort.js';
import { sourceProblem, sourceRequest, sourceStateIn, type SourceRequest } from './source-request.js';
import { readBody, type BodyReading } from './body.js';
import { asFailure, detailOf, journalFailure, reply, STOPPING, type Failure } from './reply.js';
import { progressCounter, type Intake } from '../intake.js';
import { eventStreamFormat, type Posted, type PostFormat } from './post-formats.js';
import { streamDescriber } from './stream-opening.js';
import { bufferedRequests } from './buffered-request.js';

/** The HTTP transport: one POST is one stream. */
export interface HttpTransport {
  /** @param format of the body; by default a stream of events */
  handle(request: IncomingMessage, response: ServerResponse, sender: Sender, format?: PostFormat): void;
  /** Ends open POSTs: commits the received events, and replies with their number. */
  stop(): void;
  readonly active: number;
}

/** Creates the transport. Events are decoded and committed while they arrive; the reply counts those on disk. */
export function httpTransport(intake: Intake): HttpTransport {
  const { writer, counts, maxEventBytes, idleTimeoutMs } = intake;
  const openingOf = streamDescriber('http', intake.keepHeaders);
  const bufferedRequest = bufferedRequests();
  const eventStream = eventStreamFormat();
  const open = new Set<(failure: Failure) => void>();

  function handle(request: IncomingMessage, response: ServerResponse, sender: Sender, format = eventStream): void {
    let failure: Failure | undefined;
    let reading: BodyReading | undefined;
    let source: SourceRequest | undefined;
    let isClosing = false;
    const count = progressCounter(counts, 'http');

    const stream = writer.openStream(openingOf(request), (progress, closed) => {
      count(progress);
      if (closed) {
        open.delete(fail);
        forgetToken();
        buffered?.close();
        posted?.close?.();
        // Overrides an error of the request, which would not reveal that earlier events are not stored.
        failure = journalFailure(progress) ?? failure;
        if (failure) counts.refused(failure.reason, 1, detailOf(request, failure));
        const success = posted?.success() ?? { status: 200 };
        reply(request, response, intake.durability, progress, failure, success, source?.position);
      } else if (progress.error) fail(journalFailure(progress)!);
    });

    const buffered = format.isBuffered ? bufferedRequest(stream.append) : undefined;
    let posted: Posted | undefined;

    /** Drops events of an asynchronous decoder after the stream closes, since the reply does not count them. */
    function untilClosing(sink: EventSink): EventSink {
      return (bytes, start, end, meta) => {
        if (!isClosing) sink(bytes, start, end, meta);
      };
    }

    /** Stops reading. The reply follows once all earlier events are on disk. */
    function close(): void {
      if (isClosing) return;
      isClosing = true;
      reading?.stop();
      stream.close();
    }

    function fail(reason: Failure): void {
      failure ??= reason;
      close();
    }

    open.add(fail);
    const forgetToken = onRequestAbort({ request, sender, idleTimeoutMs, reading: () => reading, fail });
    try {
      const state = format.isBuffered ? undefined : sourceStateIn(request.headers);
      const problem = state === null ? 'the telemetry-feed headers are invalid' : sourceProblem(state, intake);
      if (problem !== undefined) {
        fail({ status: 400, reason: 'invalid_feed', message: problem });
        return;
      }
      const sink = intake.process(buffered?.buffer ?? stream.append, sender);
      if (state) source = sourceRequest(stream, state, sink);
      posted = format.open(request, untilClosing(source?.sink ?? sink), { maxEventBytes });
      const decoder = buffered?.limit(posted.decoder) ?? posted.decoder;
      reading = readBody(
        request,
        decoder,
        intake,
        sender.allowance,
        end => {
          if (end instanceof Error) fail(asFailure(end));
          else {
            if (end === 'complete') buffered?.store();
            close();
          }
        },
        format.contentEncoding?.(request),
      );
    } catch (error) {
      fail(asFailure(error));
    }
  }

  return {
    handle,
    get active() {
      return open.size;
    },
    stop() {
      for (const fail of open) fail(STOPPING);
    },
  };
}
