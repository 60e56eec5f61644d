import type { IncomingMessage } from 'node:http';
import type { EventSink } from '../core/event.js';
import type { RefusalReason } from '../formats/decoder.js';
import type { KnownObjects } from '../formats/json/known-objects.js';
import type { Durability } from '../store/database/store.js';
import type { StoreIdentity } from '../store/database/store-identity.js';
import type { StreamProgress } from '../store/journal/stream-writer.js';
import type { JournalWriter } from '../store/journal/writer.js';
import type { Sender } from './auth/access.js';
import type { Guard } from './auth/guard.js';
import type { Refusal } from './auth/refusal.js';
import { requestPath } from './request-path.js';

/** Reasons for refusals, the label of the refusal metric. */
export type TurnedAway =
  | RefusalReason
  | Refusal['reason']
  | 'journal_failure'
  | 'queue_full'
  | 'invalid_statsd'
  | 'http_request'
  | 'invalid_feed'
  | 'idle'
  | 'client_gone'
  | 'incomplete_call'
  | 'not_found'
  | 'wrong_method'
  | 'log_record_in_get'
  | 'wrong_port'
  | 'tls_handshake'
  | 'stopping'
  | 'defect';

/** Outcomes of a scrape, the label of the scrape metric. */
export type ScrapeOutcome = 'ok' | 'unreachable' | 'timeout' | 'status' | 'too_large' | 'malformed' | 'not_stored';

/** The origin of a request or message, for the operator. */
export interface RequestOrigin {
  /** A short description, such as `POST /v1/logs` or `a WebSocket message`. */
  readonly request: string;
  /** The address of the sender. */
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** The details of a refusal, for the operator. */
export interface RefusalDetail extends RequestOrigin {
  readonly message: string;
  /** True when the request was accepted, and only some events were left out. */
  readonly isPartial?: boolean;
}

/** The origin of an HTTP request. */
export function originOf({ method, url, headers, socket }: IncomingMessage): RequestOrigin {
  const request = `${method ?? ''} ${requestPath(url ?? '/')}`;
  return { request, address: socket.remoteAddress, userAgent: headers['user-agent'] };
}

/** The counters of receivers. Called in hot paths: implementations must only add. */
export interface IntakeCounts {
  bytes(count: number): void;
  /** Counts newly committed events of a stream, and duplicates. */
  stored(transport: string, stored: number, duplicates: number): void;
  /**
   * @param count of streams, messages or events; 1 by default
   * @param detail for the operator; omitted where only the count matters, such as for clients that disconnect
   */
  refused(reason: TurnedAway, count?: number, detail?: RefusalDetail): void;
  /** Counts events that could not be stored and will not be sent again. */
  lost(transport: string, events: number): void;
  /** Counts a malformed message that was stored as text. */
  malformed(source: 'syslog'): void;
  /** Counts a completed scrape. */
  scraped(outcome: ScrapeOutcome): void;
}

/** Returns a progress callback that counts the newly committed events of one stream. */
export function progressCounter(counts: IntakeCounts, transport: string): (progress: StreamProgress) => void {
  let countedStored = 0;
  let countedDuplicates = 0;
  return ({ stored, duplicates }) => {
    counts.stored(transport, stored - countedStored, duplicates - countedDuplicates);
    countedStored = stored;
    countedDuplicates = duplicates;
  };
}

/** The interface between receivers and the server. */
export interface Intake {
  readonly writer: JournalWriter;
  /**
   * Wraps the journal in the processors. They pass an event on, change it, drop it, or throw a DecodeError that ends its
   * stream. Events that pass validation are charged to the allowance of the sender; sources that the server reads itself
   * have none.
   */
  readonly process: (journal: EventSink, sender?: Sender) => EventSink;
  /** True for a text that may be stored unchanged, such as the name of a source. Undefined allows any text. */
  readonly mayKeep?: ((text: string) => boolean) | undefined;
  readonly guard: Guard;
  readonly counts: IntakeCounts;
  readonly durability: Durability;
  /** The store; undefined where nothing is forwarded to it. */
  readonly identity?: StoreIdentity | undefined;
  /** Names of further headers, in lower case, whose values are stored. */
  readonly keepHeaders?: readonly string[] | undefined;
  /** In bytes. */
  readonly maxEventBytes: number;
  /** Shared by all streams of JSON. */
  readonly knownObjects?: KnownObjects | undefined;
  /** Maximum silence of a sender, in milliseconds. */
  readonly idleTimeoutMs: number;
}

/** The response header that names the durability of an ack. */
export const DURABILITY_HEADER = 'telemetry-durability';

/**
 * The Retry-After when the journal fails or the server stops, in seconds. Exporters of OpenTelemetry retry for 10 s in
 * total and obey this delay: over an outage of 6 s, 2 s delivers every batch, while 1 s (doubled each time) and 5 s lose
 * one.
 */
export const RETRY_AFTER_SECONDS = 2;
