import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import { SOURCE_HEADERS, SOURCES_PATH, type SourceState } from '../core/source.js';
import { post, type Reply } from './post.js';
import { get } from './get.js';
import { isTlsRefusal, receiptIn, refusal, tlsRefusal, type Receipt } from './refusal.js';
import { backoff, retryAfterMs } from './retry.js';
import type { Trust } from './trust.js';

/** The server that events of a source are sent to. */
export interface SourceServer {
  /** Called before each attempt: another server may have taken over. */
  url(): string;
  readonly token: string | undefined;
  /** The trust settings for TLS. */
  readonly trust: Trust;
  /** Called before the next attempt when no server answers: finds the server that took over, or becomes it. */
  recover(): Promise<void>;
  /** Called once a request has waited {@link NOTICE_AFTER_MS} for the server: the reason for the wait. */
  onWait?(reason: TelemetryError): void;
}

/** Shorter waits are part of normal work: a server pauses its senders, or is restarted. */
const NOTICE_AFTER_MS = 3000;

/** Events of a source that are sent together. */
export interface SourcePost extends SourceState {
  /** JSON values, a line each. */
  readonly body: Uint8Array;
  /** The events of the body, where they are known; they need not be decoded again in this process. */
  readonly events?: PostedEvents | undefined;
}

/** The numbers per event in {@link PostedEvents.meta}: shape, encoding, id start and id end (as in EventMeta). */
export const POSTED_META = 4;

/** The events of a body. */
export interface PostedEvents {
  /** The offsets after their line feeds. */
  readonly ends: readonly number[];
  /** {@link POSTED_META} numbers for each; the shape is 0 where they are not known. */
  readonly meta: readonly number[];
}

/** The result of a POST. */
export interface SourceReceipt extends Receipt {
  /** The number of the last event that the server took. */
  readonly position: number;
  /** The refusal of the next event, when the server did not take all. */
  readonly refused?: TelemetryError;
}

/** The counts of a receipt. */
export type SourceCounts = Pick<SourceReceipt, 'accepted' | 'duplicates' | 'before'>;

/** Stores events of a source: {@link postEvents} sends them to a server; another one may write to the store itself. */
export type PostEvents = (post: SourcePost) => Promise<SourceReceipt>;

/** A way to store events of a source whose receipts may come before the events are on disk. */
export interface DeferredPosts {
  /** The counts of a receipt are those of all posts since the last one that are on disk by now. */
  readonly post: PostEvents;
  /** Resolves once all posts are on disk, with the counts since the last receipt. */
  settle(): Promise<SourceCounts>;
}

/** Retry options. */
export interface Patience {
  /** Retries continue this long while the server is unavailable or busy, in milliseconds. */
  readonly patience: number;
  /** Ends the retries. */
  readonly signal: AbortSignal;
  /** Also ends an attempt in flight. */
  readonly giveUp?: AbortSignal;
}

/** Statuses of a refusal that another attempt may not meet. */
const BUSY = new Set([408, 429, 502, 503, 504]);

/**
 * Sends events of a source until the server has answered for them. Repeats a POST after a broken connection: the server
 * stores each event of a source once.
 * @throws TelemetryError `failure` when the patience is over or the server refuses the request, `interrupted` by the
 * signal.
 */
export async function postEvents(
  { source, position, checkpoint, body }: SourcePost,
  server: SourceServer,
  how: Patience,
): Promise<SourceReceipt> {
  const headers = {
    'content-type': 'application/x-ndjson',
    'content-length': String(body.length),
    accept: 'application/json',
    [SOURCE_HEADERS.source]: encodeURIComponent(source),
    [SOURCE_HEADERS.position]: String(position),
    [SOURCE_HEADERS.checkpoint]: encodeURIComponent(checkpoint),
    ...authorization(server),
  };
  return persist(server, how, async (url): Promise<SourceReceipt | Reply> => {
    const reply = await post(new URL(url), headers, once(body), how.giveUp, server.trust);
    const receipt = receiptIn(reply);
    if (receipt?.position === undefined) return reply;
    if (reply.status === 200) return { ...receipt, position: receipt.position };
    if (BUSY.has(reply.status)) return reply;
    return { ...receipt, position: receipt.position, refused: refusal(new URL(url), reply) };
  });
}

/** The sources known to the server whose name begins with the prefix. @throws as {@link postEvents}. */
export async function listSources(
  prefix: string,
  server: SourceServer,
  how: Patience,
): Promise<readonly SourceState[]> {
  return persist(server, how, async (url): Promise<readonly SourceState[] | Reply> => {
    const target = new URL(`${SOURCES_PATH}?${new URLSearchParams({ prefix }).toString()}`, url);
    const reply = await get(target, authorization(server), server.trust);
    return reply.status === 200 ? (JSON.parse(reply.text) as SourceState[]) : reply;
  });
}

function authorization({ token }: SourceServer): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** Repeats an attempt until the answer is final. */
async function persist<T extends object>(
  server: SourceServer,
  { patience, signal, giveUp }: Patience,
  attempt: (url: string) => Promise<T | Reply>,
): Promise<T> {
  const begun = Date.now();
  let isNoticed = false;
  for (let tries = 0; ; tries++) {
    const url = server.url();
    let error: TelemetryError;
    let wait = backoff(tries);
    try {
      const outcome = await attempt(url);
      if (!('retryAfter' in outcome)) return outcome;
      error = refusal(new URL(url), outcome);
      if (!BUSY.has(outcome.status)) throw error;
      wait = retryAfterMs(outcome.retryAfter, Date.now()) ?? wait;
    } catch (thrown) {
      if (giveUp?.aborted)
        throw new TelemetryError('interrupted', `interrupted while sending to ${url}`, { cause: thrown });
      if (thrown instanceof TelemetryError || codeOf(thrown) === undefined) throw thrown;
      if (isTlsRefusal(thrown)) throw tlsRefusal(new URL(url), thrown);
      error = new TelemetryError('failure', `no telemetry server answers at ${url}: ${messageOf(thrown)}`, {
        remedy: 'Start one with `telemetry serve`, and run this again: it continues where it was.',
        cause: thrown,
      });
    }
    const waited = Date.now() - begun + wait;
    if (waited > patience) throw error;
    if (waited > NOTICE_AFTER_MS && !isNoticed) {
      isNoticed = true;
      server.onWait?.(error);
    }
    await sleep(wait, undefined, { signal }).catch((cause: unknown) => {
      throw new TelemetryError('interrupted', `interrupted while sending to ${url}`, { cause });
    });
    await server.recover();
  }
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(body);
}
