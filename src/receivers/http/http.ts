import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventSink } from '../../core/event.js';
import type { Sender } from '../auth/access.js';
import { onCutShort } from './request-abort.js';
import { feedRequest, feedStateIn, unkeptIn, type FeedRequest } from './source-request.js';
import { readBody, type BodyReading } from './body.js';
import { asFailure, detailOf, journalFailure, reply, STOPPING, type Failure } from './reply.js';
import { progressCounter, type Intake } from '../intake.js';
import { eventStreamFormat, type Posted, type PostFormat } from './post-formats.js';
import { streamDescriber } from './stream-opening.js';
import { wholeRequests } from './buffered-request.js';

/** The HTTP transport: one POST is one stream. */
export interface HttpTransport {
  /** @param format what is posted; a stream of events when it is not given. */
  handle(request: IncomingMessage, response: ServerResponse, sender: Sender, format?: PostFormat): void;
  /** Ends the POSTs under way: what arrived is committed, and the reply says how many events that is. */
  stop(): void;
  readonly active: number;
}

/** Creates the transport: events are decoded and committed while they arrive, and the reply counts those on disk. */
export function httpTransport(intake: Intake): HttpTransport {
  const { writer, counts, maxEventBytes, idleTimeoutMs } = intake;
  const openingOf = streamDescriber('http', intake.keepHeaders);
  const wholeRequest = wholeRequests();
  const eventStream = eventStreamFormat();
  const underWay = new Set<(failure: Failure) => void>();

  function handle(request: IncomingMessage, response: ServerResponse, sender: Sender, format = eventStream): void {
    let failure: Failure | undefined;
    let reading: BodyReading | undefined;
    let feed: FeedRequest | undefined;
    let isClosing = false;
    const count = progressCounter(counts, 'http');

    const stream = writer.openStream(openingOf(request), (progress, closed) => {
      count(progress);
      if (closed) {
        underWay.delete(fail);
        forgetToken();
        whole?.close();
        posted?.close?.();
        // It comes first: what was wrong with the request does not tell that events before it are not stored.
        failure = journalFailure(progress) ?? failure;
        if (failure) counts.refused(failure.reason, 1, detailOf(request, failure));
        const success = posted?.success() ?? { status: 200 };
        reply(request, response, intake.durability, progress, failure, success, feed?.position);
      } else if (progress.error) fail(journalFailure(progress)!);
    });

    const whole = format.isWhole ? wholeRequest(stream.append) : undefined;
    let posted: Posted | undefined;

    /** A decoder that works by itself may have events yet when no more are taken: the reply does not count them. */
    function untilClosing(sink: EventSink): EventSink {
      return (bytes, start, end, facts) => {
        if (!isClosing) sink(bytes, start, end, facts);
      };
    }

    /** Reads no further; once all that came before is on disk, replies. */
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

    underWay.add(fail);
    const forgetToken = onCutShort({ request, sender, idleTimeoutMs, reading: () => reading, fail });
    try {
      const state = format.isWhole ? undefined : feedStateIn(request.headers);
      const wrong = state === null ? 'the headers of the feed cannot be read' : unkeptIn(state, intake);
      if (wrong !== undefined) {
        fail({ status: 400, reason: 'invalid_feed', message: wrong });
        return;
      }
      const admitted = intake.admit(whole?.hold ?? stream.append, sender);
      if (state) feed = feedRequest(stream, state, admitted);
      posted = format.open(request, untilClosing(feed?.sink ?? admitted), { maxEventBytes });
      const decoder = whole?.limit(posted.decoder) ?? posted.decoder;
      reading = readBody(
        request,
        decoder,
        intake,
        sender.allowance,
        end => {
          if (end instanceof Error) fail(asFailure(end));
          else {
            if (end === 'complete') whole?.store();
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
      return underWay.size;
    },
    stop() {
      for (const fail of underWay) fail(STOPPING);
    },
  };
}
