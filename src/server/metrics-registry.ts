import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Counted } from './counted.js';

/** Bucket bounds, in seconds: a commit takes about a millisecond on a good disk, a hundred on a bad one. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Renders the counters of a server as Prometheus text. */
export interface MetricsRegistry {
  /** Records the duration of a commit, in seconds. */
  readonly committed: (seconds: number) => void;
  text(queuedBytes: number, openStreams: number): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Creates the registry and starts collecting metrics of the process. */
export function metricsRegistry(counted: Counted): MetricsRegistry {
  const { stored, refused, lost, scrapes, malformed, redacted, violations, dropped, totals } = counted;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

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
  counter('telemetry_refused_total', 'Streams, messages and events rejected.', each(refused, 'reason'), ['reason']);
  counter('telemetry_events_duplicate_total', 'Events acknowledged that were already stored.', metric => {
    metric.inc(totals.duplicates);
  });
  counter('telemetry_events_denied_total', 'Events of a denied type, acknowledged but not stored.', metric => {
    metric.inc(totals.denied);
  });
  counter('telemetry_redactions_total', 'Values redacted, hashed or dropped.', each(redacted, 'rule'), ['rule']);
  counter('telemetry_received_bytes_total', 'Bytes of bodies and messages, before decompression.', metric => {
    metric.inc(totals.bytes);
  });
  counter(
    'telemetry_events_lost_total',
    'Events of sources without acks that could not be stored.',
    each(lost, 'transport'),
    ['transport'],
  );
  counter('telemetry_malformed_total', 'Malformed messages stored as text.', each(malformed, 'source'), ['source']);
  counter(
    'telemetry_datagrams_dropped_total',
    'Datagrams dropped by the operating system, as far as it reports them.',
    metric => each(dropped(), 'source')(metric),
    ['source'],
  );
  counter('telemetry_scrapes_total', 'Scrapes by outcome.', each(scrapes, 'outcome'), ['outcome']);
  counter('telemetry_sealed_events_total', 'Events moved from the journal to the archive.', metric => {
    metric.inc(totals.sealed);
  });
  counter('telemetry_compactions_total', 'Compactions of segments.', metric => {
    metric.inc(totals.compactions);
  });
  counter(
    'telemetry_schema_violations_total',
    'Events that violated a registered schema, by action.',
    metric => {
      for (const { schema, onInvalid, count } of violations.values()) metric.inc({ schema, action: onInvalid }, count);
    },
    ['schema', 'action'],
  );
  counter('telemetry_retention_removed_events_total', 'Events removed by the retention policy.', metric => {
    metric.inc(totals.removed);
  });
  counter('telemetry_retention_freed_bytes_total', 'Disk bytes freed by the retention policy.', metric => {
    metric.inc(totals.freed);
  });
  const queue = new Gauge({
    name: 'telemetry_queue_bytes',
    help: 'Bytes of events received and not yet on disk.',
    registers: [registry],
  });
  const open = new Gauge({ name: 'telemetry_open_streams', help: 'Open streams.', registers: [registry] });
  const commits = new Histogram({
    name: 'telemetry_commit_seconds',
    help: 'Duration of commits, including fsync.',
    buckets: COMMIT_BUCKETS,
    registers: [registry],
  });
  counter('telemetry_commit_failures_total', 'Failed commits; their events were not acknowledged.', metric => {
    metric.inc(totals.failedCommits);
  });

  return {
    committed: seconds => commits.observe(seconds),
    async text(queuedBytes, openStreams) {
      queue.set(queuedBytes);
      open.set(openStreams);
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
