import type { Signal } from '../messages.js';
import { EventMembers } from './event-members.js';
import { SentLevels } from './levels.js';
import { logRecord } from './log-record.js';
import { metricRecord } from './metric-record.js';
import type { EncodedEvent, EncodedRecord } from './parts.js';
import { spanRecord } from './span-record.js';

/** The names of lists in requests, by signal (opentelemetry-proto, collector/). */
const LISTS = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
} as const;

/** By default, as many as the batch processors of SDKs send. */
const DEFAULT_LIMITS: RequestLimits = { records: 512, characters: 4 * 1024 * 1024 };

/** An event to encode, whose payload is one valid JSON value. */
export interface EventToEncode extends Omit<EncodedEvent, 'members' | 'sent'> {
  readonly payload: Uint8Array;
  /** Identifies the event to those that {@link OtlpRequests.takeRequests} is called by. */
  readonly id?: number;
}

/** The most records and characters of a request. A larger record is sent alone. */
export interface RequestLimits {
  readonly records: number;
  readonly characters: number;
}

/** A request in OTLP/JSON. */
export interface EncodedRequest {
  readonly signal: Signal;
  readonly json: string;
  /** The {@link EventToEncode.id} of its events. */
  readonly ids: readonly number[];
}

interface OpenRequest {
  records: EncodedRecord[];
  ids: number[];
  characters: number;
}

/**
 * Encodes events as requests in OTLP/JSON. Spans and data points are requests of their signals; every other event is a log
 * record.
 */
export class OtlpRequests {
  readonly #limits: RequestLimits;
  readonly #open: Record<Signal, OpenRequest> = { traces: opened(), logs: opened(), metrics: opened() };
  #done: EncodedRequest[] = [];

  constructor(limits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  add({ payload, id, ...event }: EventToEncode): void {
    const members = new EventMembers(payload);
    const encoded = { ...event, members, sent: SentLevels.of(members) };
    const own =
      event.type === 'trace' ? spanRecord(encoded) : event.type === 'metric' ? metricRecord(encoded) : undefined;
    const signal = own === undefined ? 'logs' : event.type === 'trace' ? 'traces' : 'metrics';
    const record = own ?? logRecord(encoded);
    const { resource, scope, metric } = record;
    const characters = record.record.length + resource.length + scope.length + (metric?.[0].length ?? 0);
    const { records, characters: most } = this.#limits;
    if (this.#open[signal].characters + characters > most) this.#close(signal);
    const open = this.#open[signal];
    open.records.push(record);
    open.characters += characters;
    if (id !== undefined) open.ids.push(id);
    if (open.records.length >= records) this.#close(signal);
  }

  /** Returns the complete requests since the last call. @param isLast true to complete those that have room. */
  takeRequests(isLast: boolean): readonly EncodedRequest[] {
    if (isLast) for (const signal of Object.keys(LISTS) as Signal[]) this.#close(signal);
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** The same as text, a request a line, as the Collector's file exporter writes them. */
  take(isLast: boolean): string {
    return this.takeRequests(isLast)
      .map(({ json }) => `${json}\n`)
      .join('');
  }

  #close(signal: Signal): void {
    const { records, ids } = this.#open[signal];
    if (records.length === 0) return;
    this.#open[signal] = opened();
    const [ofResource, ofScope, list] = LISTS[signal];
    const resources = grouped(records, ({ resource }) => resource).map(([resource, inResource]) => {
      const scopes = grouped(inResource, ({ scope }) => scope).map(
        ([scope, inScope]) => `{${scope},"${list}":[${recordsOf(inScope)}]}`,
      );
      return `{${resource},"${ofScope}":[${scopes.join(',')}]}`;
    });
    this.#done.push({ signal, ids, json: `{"${ofResource}":[${resources.join(',')}]}` });
  }
}

function opened(): OpenRequest {
  return { records: [], ids: [], characters: 0 };
}

/** The records of a scope; those of one metric are its data points. */
function recordsOf(records: readonly EncodedRecord[]): string {
  const groups = grouped(records, ({ metric }) => metric?.[0] ?? '');
  return groups
    .flatMap(([before, group]) => {
      const texts = group.map(({ record }) => record);
      return before === '' ? texts : [`${before}${texts.join(',')}${group[0]!.metric![1]}`];
    })
    .join(',');
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups];
}
