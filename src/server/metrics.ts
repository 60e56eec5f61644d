import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { OnInvalid } from '../journal/registered-schemas.js';
import type { JournalWriter, WriterObserver } from '../journal/writer.js';
import type { PrivacyCounts, Redaction } from '../privacy/rules.js';
import type { IntakeCounts } from '../transports/intake.js';
import type { KeeperProcessObserver } from './start-keeper.js';

/** Bounds in seconds: a commit takes about a millisecond on a good disk, a hundred on a bad one. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** What the server measures of itself, as Prometheus text. */
export interface ServerMetrics {
  readonly counts: IntakeCounts;
  readonly observer: WriterObserver;
  /** Names what counts the datagrams that the system threw away, by source. */
  countDropped(read: () => ReadonlyMap<string, number>): void;
  readonly archive: KeeperProcessObserver;
  readonly privacy: PrivacyCounts;
  readonly contentType: string;
  /** A schema found an event wrong. */
  readonly violated: (schema: string, onInvalid: OnInvalid) => void;
  /** @param writer whose queue is shown. */
  text(writer: JournalWriter, connections: number): Promise<string>;
}

/** Creates the metrics of one server. Hot paths add to plain numbers; the library reads them when it is asked. */
export function serverMetrics(): ServerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const stored = new Map<string, number>();
  const refused = new Map<string, number>();
  const lost = new Map<string, number>();
  const scrapes = new Map<string, number>();
  const malformed = new Map<string, number>();
  let dropped: () => ReadonlyMap<string, number> = () => new Map();
  const redacted = new Map<Redaction, number>();
  const violations = new Map<string, { schema: string; onInvalid: OnInvalid; count: number }>();
  let duplicates = 0;
  let denied = 0;
  let bytes = 0;
  const archived = { sealed: 0, compactions: 0, removed: 0, freed: 0 };

  const counter = (name: string, help: string, read: (counter: Counter) => void, labelNames: string[] = []): void => {
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        read(this);
      },
    });
  };
  const each = (values: ReadonlyMap<string, number>, label: string) => (metric: Counter) => {
    for (const [name, value] of values) metric.inc({ [label]: name }, value);
  };
  counter('telemetry_events_accepted_total', 'Events stored.', each(stored, 'transport'), ['transport']);
  counter('telemetry_refused_total', 'Streams, messages and events turned away.', each(refused, 'reason'), ['reason']);
  counter('telemetry_events_duplicate_total', 'Events acknowledged that were stored before.', metric => {
    metric.inc(duplicates);
  });
  counter('telemetry_events_denied_total', 'Events of a denied type, acknowledged and not stored.', metric => {
    metric.inc(denied);
  });
  counter('telemetry_redactions_total', 'Values kept out of the store.', each(redacted, 'rule'), ['rule']);
  counter('telemetry_received_bytes_total', 'Bytes of bodies and messages, before decompression.', metric => {
    metric.inc(bytes);
  });
  counter(
    'telemetry_events_lost_total',
    'Events of sources without acks that the journal did not take.',
    each(lost, 'transport'),
    ['transport'],
  );
  counter('telemetry_malformed_total', 'Messages kept as text.', each(malformed, 'source'), ['source']);
  counter(
    'telemetry_datagrams_dropped_total',
    'Datagrams that the system threw away, as far as it tells.',
    metric => each(dropped(), 'source')(metric),
    ['source'],
  );
  counter('telemetry_scrapes_total', 'Scrapes by what came of them.', each(scrapes, 'outcome'), ['outcome']);
  counter('telemetry_sealed_events_total', 'Events that moved from the journal to the archive.', metric => {
    metric.inc(archived.sealed);
  });
  counter('telemetry_compactions_total', 'Merges of segments into larger ones.', metric => {
    metric.inc(archived.compactions);
  });
  counter(
    'telemetry_schema_violations_total',
    'Events that a registered schema found wrong, by what became of them.',
    metric => {
      for (const { schema, onInvalid, count } of violations.values()) metric.inc({ schema, action: onInvalid }, count);
    },
    ['schema', 'action'],
  );
  counter('telemetry_retention_removed_events_total', 'Events that the retention policy removed.', metric => {
    metric.inc(archived.removed);
  });
  counter(
    'telemetry_retention_freed_bytes_total',
    'Bytes that the disk got back from the retention policy.',
    metric => {
      metric.inc(archived.freed);
    },
  );
  const queue = new Gauge({
    name: 'telemetry_queue_bytes',
    help: 'Memory of events received and not yet on disk.',
    registers: [registry],
  });
  const open = new Gauge({ name: 'telemetry_open_streams', help: 'Streams under way.', registers: [registry] });
  const commits = new Histogram({
    name: 'telemetry_commit_seconds',
    help: 'How long a commit took, its fsync included.',
    buckets: COMMIT_BUCKETS,
    registers: [registry],
  });
  const failures = new Counter({
    name: 'telemetry_commit_failures_total',
    help: 'Commits that the journal refused; their events were not acknowledged.',
    registers: [registry],
  });

  return {
    contentType: registry.contentType,
    violated(schema, onInvalid) {
      const key = `${onInvalid} ${schema}`;
      const counted = violations.get(key);
      if (counted) counted.count++;
      else violations.set(key, { schema, onInvalid, count: 1 });
    },
    counts: {
      bytes: count => void (bytes += count),
      refused: (reason, count = 1) => void refused.set(reason, (refused.get(reason) ?? 0) + count),
      stored(transport, newly, again) {
        stored.set(transport, (stored.get(transport) ?? 0) + newly);
        duplicates += again;
      },
      lost: (transport, events) => void lost.set(transport, (lost.get(transport) ?? 0) + events),
      malformed: source => void malformed.set(source, (malformed.get(source) ?? 0) + 1),
      scraped: outcome => void scrapes.set(outcome, (scrapes.get(outcome) ?? 0) + 1),
    },
    archive: {
      sealed: events => void (archived.sealed += events),
      compacted() {
        archived.compactions++;
      },
      removed(events, bytes) {
        archived.removed += events;
        archived.freed += bytes;
      },
    },
    privacy: {
      redacted: (rule, count) => void redacted.set(rule, (redacted.get(rule) ?? 0) + count),
      denied() {
        denied++;
      },
    },
    countDropped: read => void (dropped = read),
    observer: {
      committed({ seconds, error }) {
        commits.observe(seconds);
        if (error) failures.inc();
      },
    },
    text(writer, connections) {
      queue.set(writer.queuedBytes);
      open.set(connections);
      return registry.metrics();
    },
  };
}
