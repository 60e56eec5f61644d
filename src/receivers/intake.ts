import type { IncomingMessage } from 'node:http';
import type { EventSink } from '../core/event.js';
import type { RefusalReason } from '../formats/decoder.js';
import type { Durability } from '../store/database/store.js';
import type { JournalWriter, StreamProgress } from '../store/journal/writer.js';
import type { Sender } from './auth/access.js';
import type { Guard } from './auth/guard.js';
import type { Refusal } from './auth/refusal.js';
import { requestPath } from './request-path.js';

/** Why events or requests were turned away; metrics count by it. */
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

/** What came of a scrape; metrics count by it. */
export type ScrapeOutcome = 'ok' | 'unreachable' | 'timeout' | 'status' | 'too_large' | 'malformed' | 'not_stored';

/** Where a request or message came from, for the operator. */
export interface RequestOrigin {
  /** The request in words, such as `POST /v1/logs` or `a WebSocket message`. */
  readonly request: string;
  /** The address of the sender. */
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** A refusal as the operator is told of it. */
export interface RefusalDetail extends RequestOrigin {
  readonly message: string;
  /** True when the request was taken and only events of it were left out. */
  readonly isPartial?: boolean;
}

/** The origin of an HTTP request. */
export function originOf({ method, url, headers, socket }: IncomingMessage): RequestOrigin {
  const request = `${method ?? ''} ${requestPath(url ?? '/')}`;
  return { request, address: socket.remoteAddress, userAgent: headers['user-agent'] };
}

/** What transports report as it happens. Called in hot paths: implementations only add. */
export interface IntakeCounts {
  bytes(count: number): void;
  /** Events of a stream that are newly on disk, and those that were there already. */
  stored(transport: string, stored: number, duplicates: number): void;
  /**
   * @param count of streams, messages or events; 1 by default
   * @param detail for the operator; none where only the count matters, such as clients that go away
   */
  refused(reason: TurnedAway, count?: number, detail?: RefusalDetail): void;
  /** Events that the journal did not take and that nobody will send again. */
  lost(transport: string, events: number): void;
  /** A message that its source's format does not allow, and that was kept as text. */
  malformed(source: 'syslog'): void;
  /** A scrape has come to its end. */
  scraped(outcome: ScrapeOutcome): void;
}

/** Reports what is new on disk of one stream each time that it is called. */
export function progressCounter(counts: IntakeCounts, transport: string): (progress: StreamProgress) => void {
  let counted = { stored: 0, duplicates: 0 };
  return ({ stored, duplicates }) => {
    counts.stored(transport, stored - counted.stored, duplicates - counted.duplicates);
    counted = { stored, duplicates };
  };
}

/** What every transport is handed. */
export interface Intake {
  readonly writer: JournalWriter;
  /** Stands between a decoder and the journal: what becomes of each event before it is stored. It may pass it on as it is, changed, or not at all, or throw a DecodeError that ends its stream. What passes is taken out of the sender's allowance; a source that the server reads by itself has none. */
  readonly admit: (journal: EventSink, sender?: Sender) => EventSink;
  /** Whether a text that the store needs as it is, such as the name of a feed, holds nothing that is kept out of the store. Without it any may be kept. */
  readonly mayKeep?: ((text: string) => boolean) | undefined;
  readonly guard: Guard;
  readonly counts: IntakeCounts;
  readonly durability: Durability;
  /** Names of headers, in lower case, whose values the store keeps beside those that are harmless. */
  readonly keepHeaders?: readonly string[] | undefined;
  /** In bytes. */
  readonly maxEventBytes: number;
  /** How long a sender may say nothing, in milliseconds. */
  readonly idleTimeoutMs: number;
}

/** Tells on every reply what an ack promises. */
export const DURABILITY_HEADER = 'telemetry-durability';

/**
 * How long a sender should wait when the journal fails or the server stops, in seconds. Exporters of OpenTelemetry try for
 * 10 s in all and wait as long as they are told: over an outage of 6 s, 2 s delivers every batch, 1 s (doubled each time)
 * and 5 s lose one.
 */
export const RETRY_AFTER_SECONDS = 2;
