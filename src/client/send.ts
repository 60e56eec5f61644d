import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import { post } from './post.js';
import type { Reply } from './post.js';
import { isTlsRefusal, receiptIn, refusal, tlsRefusal } from './refusal.js';
import type { Receipt } from './refusal.js';
import { replayable } from './replay.js';
import type { Body, Replay } from './replay.js';
import type { Trust } from './trust.js';
import { backoff, retryAfterMs } from './retry.js';

export type { Body } from './replay.js';
export type { Receipt } from './refusal.js';

/** A busy server (429, 503) is retried this long, in milliseconds. */
const BUSY_FOR_MS = 60_000;

const BUSY = new Set([429, 503]);
const NOT_LISTENING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

/** The target of events, with the retry options. */
export interface Destination {
  /** The server; called before each attempt, since a server that starts late may listen elsewhere. */
  readonly url: () => string;
  readonly token?: string | undefined;
  /** The trust settings for TLS; by default Node's authorities. */
  readonly trust?: Trust | undefined;
  /** NDJSON by default. */
  readonly contentType?: string;
  /** Time to wait for a server that does not listen yet, in milliseconds; 0 by default. */
  readonly wait?: number;
  /** Ends an attempt in flight. */
  readonly signal?: AbortSignal;
  /** Ends the wait for another attempt; `signal` by default. */
  readonly waitSignal?: AbortSignal;
}

/**
 * Sends events in one streamed POST and returns the server's receipt. Retries while the server is busy (429, 503), as
 * long as nothing was stored and the body is short enough to have been kept (1 MiB).
 * @throws TelemetryError `failure` when no server answers or it refuses the events, `interrupted` when the signal
 * aborts.
 */
export async function send(body: Body, destination: Destination): Promise<Receipt> {
  const replay = replayable(body);
  const begun = Date.now();
  for (let attempt = 0; ; attempt++) {
    const url = new URL(destination.url());
    const outcome = await attemptOnce(url, replay, destination);
    if (outcome.receipt) return outcome.receipt;
    const patience = outcome.listening ? BUSY_FOR_MS : (destination.wait ?? 0);
    const pause = outcome.pause ?? backoff(attempt);
    const mayRepeat = outcome.repeatable && replay.whole && Date.now() - begun + pause <= patience;
    if (!mayRepeat) throw outcome.error;
    await sleep(pause, undefined, { signal: destination.waitSignal ?? destination.signal }).catch((error: unknown) => {
      throw interrupted(url, error);
    });
  }
}

/** The result of one attempt: a receipt, or an error and the kinds of retry that make sense. */
type Outcome =
  | { readonly receipt: Receipt }
  | {
      readonly receipt?: undefined;
      readonly error: TelemetryError;
      readonly repeatable: boolean;
      readonly listening: boolean;
      readonly pause?: number | undefined;
    };

async function attemptOnce(url: URL, replay: Replay, destination: Destination): Promise<Outcome> {
  const { token, contentType = 'application/x-ndjson', signal } = destination;
  const headers = {
    'content-type': contentType,
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  let reply: Reply;
  try {
    reply = await post(url, headers, replay.chunks(), signal, destination.trust);
  } catch (error) {
    if (signal?.aborted) throw interrupted(url, error);
    if (error instanceof TelemetryError) throw error;
    const isNotListening = NOT_LISTENING.has(codeOf(error) ?? '');
    return {
      error: isNotListening ? noServer(url, error) : broken(url, error),
      repeatable: isNotListening,
      listening: !isNotListening,
    };
  }
  const receipt = receiptIn(reply);
  if (reply.status === 200) return receipt ? { receipt } : { error: stranger(url), repeatable: false, listening: true };
  return {
    error: refusal(url, reply),
    repeatable: BUSY.has(reply.status) && (receipt?.accepted ?? 0) === 0,
    listening: true,
    pause: retryAfterMs(reply.retryAfter, Date.now()),
  };
}

function noServer(url: URL, cause: unknown): TelemetryError {
  return new TelemetryError('failure', `no telemetry server answers at ${url.origin}`, {
    remedy: 'Start one with `telemetry serve`, name another with --url, or wait for it with --wait 30s.',
    cause,
  });
}

function broken(url: URL, cause: unknown): TelemetryError {
  if (isTlsRefusal(cause)) return tlsRefusal(url, cause);
  const reason = messageOf(cause);
  return new TelemetryError('failure', `the connection to ${url.origin} broke before the server answered: ${reason}`, {
    remedy: 'What was sent may have been stored. Events that carry an event_id can be sent again: each is stored once.',
    cause,
  });
}

function stranger(url: URL): TelemetryError {
  return new TelemetryError('failure', `${url.origin} answered, but not as a telemetry server does`, {
    remedy: 'Name the server with --url.',
  });
}

function interrupted(url: URL, cause: unknown): TelemetryError {
  return new TelemetryError('interrupted', `interrupted while sending to ${url.origin}`, { cause });
}
