import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Counted, Total } from './counted.js';

/** Bucket bounds, in seconds: a commit takes about a millisecond on a good disk, a hundred on a bad one. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** A counter of the registry, read from the {@link Counted} of the server when the metrics are rendered. */
interface CounterDefinition {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly read: (metric: Counter, counted: Counted) => void;
}

/** The counters, in the order of the text. */
const COUNTERS: readonly CounterDefinition[] = [
  byLabel('telemetry_events_accepted_total', 'Events stored.', 'transport', ({ stored }) => stored),
  byLabel('telemetry_refused_total', 'Streams, messages and events rejected.', 'reason', ({ refused }) => refused),
  total('telemetry_events_duplicate_total', 'Events acknowledged that were already stored.', 'duplicates'),
  total('telemetry_events_denied_total', 'Events of a denied type, acknowledged but not stored.', 'denied'),
  byLabel('telemetry_redactions_total', 'Values redacted, hashed or dropped.', 'rule', ({ redacted }) => redacted),
  total('telemetry_received_bytes_total', 'Bytes of bodies and messages, before decompression.', 'bytes'),
  byLabel(
    'telemetry_events_lost_total',
    'Events of sources without acks that could not be stored.',
    'transport',
    ({ lost }) => lost,
  ),
  byLabel('telemetry_malformed_total', 'Malformed messages stored as text.', 'source', ({ malformed }) => malformed),
  byLabel(
    'telemetry_datagrams_dropped_total',
    'Datagrams dropped by the operating system, as far as it reports them.',
    'source',
    ({ dropped }) => dropped(),
  ),
  byLabel('telemetry_scrapes_total', 'Scrapes by outcome.', 'outcome', ({ scrapes }) => scrapes),
  total('telemetry_sealed_events_total', 'Events moved from the journal to the archive.', 'sealed'),
  total('telemetry_compactions_total', 'Compactions of segments.', 'compactions'),
  {
    name: 'telemetry_schema_violations_total',
    help: 'Events that violated a registered schema, by action.',
    labelNames: ['schema', 'action'],
    read(metric, { violations }) {
      for (const { schema, onInvalid, count } of violations.values()) metric.inc({ schema, action: onInvalid }, count);
    },
  },
  byLabel(
    'telemetry_alert_evaluations_total',
    'Evaluations of alert rules by outcome.',
    'outcome',
    ({ evaluations }) => evaluations,
  ),
  byLabel(
    'telemetry_alert_notifications_total',
    'Notifications of alerts by outcome.',
    'outcome',
    ({ notifications }) => notifications,
  ),
  byRemote('telemetry_remote_sent_events_total', 'Events forwarded to a remote.', 'sent_events'),
  byRemote('telemetry_remote_sent_bytes_total', 'Bytes forwarded to a remote.', 'sent_bytes'),
  byRemote('telemetry_remote_rejected_events_total', 'Events that a remote refused.', 'rejected_events'),
  byRemote('telemetry_remote_lost_events_total', 'Events removed before a remote received them.', 'lost_events'),
  total('telemetry_retention_removed_events_total', 'Events removed by the retention policy.', 'removed'),
  total('telemetry_retention_freed_bytes_total', 'Disk bytes freed by the retention policy.', 'freed'),
];

const REMOTE_GAUGES = [
  ['telemetry_remote_lag_events', 'Event ids that a remote has not received yet.', 'lag_events'],
  ['telemetry_remote_lag_seconds', 'Age of the oldest event that a remote has not received yet.', 'lag_seconds'],
  ['telemetry_remote_retries', 'Failed tries to forward to a remote since the last success.', 'retries'],
] as const;

/** Shown after the metrics of commits. */
const COMMIT_FAILURES = total(
  'telemetry_commit_failures_total',
  'Failed commits; their events were not acknowledged.',
  'failedCommits',
);

/** Renders the counters of a server as Prometheus text, with the metrics of its process. */
export class MetricsRegistry {
  readonly #registry = new Registry();
  readonly #queue: Gauge;
  readonly #openStreams: Gauge;
  readonly #commits: Histogram;

  /** Starts collecting metrics of the process. */
  constructor(counted: Counted) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    for (const definition of COUNTERS) register(definition, counted, registers);
    this.#queue = new Gauge({
      name: 'telemetry_queue_bytes',
      help: 'Bytes of events received and not yet on disk.',
      registers,
    });
    this.#openStreams = new Gauge({ name: 'telemetry_open_streams', help: 'Open streams.', registers });
    new Gauge({
      name: 'telemetry_alerts',
      help: 'Open alerts by state.',
      labelNames: ['state'],
      registers,
      collect() {
        this.reset();
        for (const [state, count] of counted.alerts()) this.set({ state }, count);
      },
    });
    for (const [name, help, column] of REMOTE_GAUGES) {
      new Gauge({
        name,
        help,
        labelNames: ['remote'],
        registers,
        collect() {
          this.reset();
          for (const state of counted.remotes()) this.set({ remote: state.name }, state[column]);
        },
      });
    }
    this.#commits = new Histogram({
      name: 'telemetry_commit_seconds',
      help: 'Duration of commits, including fsync.',
      buckets: COMMIT_BUCKETS,
      registers,
    });
    register(COMMIT_FAILURES, counted, registers);
  }

  /** Records the duration of a commit, in seconds. */
  committed(seconds: number): void {
    this.#commits.observe(seconds);
  }

  async text(
    queuedBytes: number,
    openStreams: number,
  ): Promise<{ readonly contentType: string; readonly body: string }> {
    this.#queue.set(queuedBytes);
    this.#openStreams.set(openStreams);
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}

function register({ name, help, labelNames, read }: CounterDefinition, counted: Counted, registers: Registry[]): void {
  new Counter({
    name,
    help,
    labelNames,
    registers,
    collect() {
      this.reset();
      read(this, counted);
    },
  });
}

function total(name: string, help: string, key: Total): CounterDefinition {
  return { name, help, labelNames: [], read: (metric, { totals }) => metric.inc(totals[key]) };
}

function byLabel(
  name: string,
  help: string,
  label: string,
  valuesOf: (counted: Counted) => ReadonlyMap<string, number>,
): CounterDefinition {
  return {
    name,
    help,
    labelNames: [label],
    read(metric, counted) {
      for (const [value, count] of valuesOf(counted)) metric.inc({ [label]: value }, count);
    },
  };
}

function byRemote(
  name: string,
  help: string,
  column: 'sent_events' | 'sent_bytes' | 'rejected_events' | 'lost_events',
): CounterDefinition {
  return {
    name,
    help,
    labelNames: ['remote'],
    read(metric, counted) {
      for (const state of counted.remotes()) metric.inc({ remote: state.name }, state[column]);
    },
  };
}
