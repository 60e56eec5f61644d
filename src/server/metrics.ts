import type { Total } from './counted.js';
import type { OnInvalid } from '../store/catalog/schemas.js';
import type { JournalWriter, WriterObserver } from '../store/journal/writer.js';
import type { PrivacyCounts, Redaction } from '../processors/redact/rules.js';
import type { IntakeCounts } from '../receivers/intake.js';
import type { MetricsRegistry } from './metrics-registry.js';
import type { MaintenanceObserver } from './maintenance/supervisor.js';
import { Throttled } from './throttled.js';

/** The metrics of a server, as Prometheus text. */
export interface ServerMetrics {
  readonly counts: IntakeCounts;
  readonly observer: WriterObserver;
  /** Sets the reader of the datagrams that the operating system dropped, by source. */
  countDropped(read: () => ReadonlyMap<string, number>): void;
  readonly archive: MaintenanceObserver;
  readonly privacy: PrivacyCounts;
  /** Counts an event that violates a schema. */
  readonly violated: (schema: string, onInvalid: OnInvalid) => void;
  /** Loads the registry, which `text` otherwise does. Until then, each commit uses some bytes of memory. */
  load(): Promise<void>;
  /**
   * Renders the metrics, at most once per second: it takes some milliseconds, and requests may be frequent.
   * @param writer whose queue size is included
   */
  text(
    writer: JournalWriter,
    openStreams: () => number,
  ): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Minimum time between two renderings, in milliseconds. */
const MIN_RENDER_INTERVAL_MS = 1000;

const NOTHING_SHOWN = { queuedBytes: 0, openStreams: 0 };

/** Creates the metrics of one server. Hot paths add to plain numbers, which the registry reads on demand. */
export function serverMetrics(): ServerMetrics {
  const stored = new Map<string, number>();
  const refused = new Map<string, number>();
  const lost = new Map<string, number>();
  const scrapes = new Map<string, number>();
  const malformed = new Map<string, number>();
  const redacted = new Map<Redaction, number>();
  const violations = new Map<string, { schema: string; onInvalid: OnInvalid; count: number }>();
  const totals: Record<Total, number> = {
    duplicates: 0,
    denied: 0,
    bytes: 0,
    sealed: 0,
    compactions: 0,
    removed: 0,
    freed: 0,
    failedCommits: 0,
  };
  let dropped: () => ReadonlyMap<string, number> = () => new Map();
  /** The number of updates, the version of the metrics. */
  let changes = 0;
  let shown: () => { readonly queuedBytes: number; readonly openStreams: number } = () => NOTHING_SHOWN;
  /** Durations of commits before the registry is loaded, in seconds. */
  const commits: number[] = [];
  let registry: MetricsRegistry | undefined;
  let loading: Promise<MetricsRegistry> | undefined;

  function add<K>(counted: Map<K, number>, key: K, count: number): void {
    changes++;
    counted.set(key, (counted.get(key) ?? 0) + count);
  }

  async function loadRegistry(): Promise<MetricsRegistry> {
    const { metricsRegistry } = await import('./metrics-registry.js');
    const counted = {
      stored,
      refused,
      lost,
      scrapes,
      malformed,
      redacted,
      violations,
      totals,
      dropped: () => dropped(),
    };
    registry = metricsRegistry(counted);
    commits.splice(0).forEach(registry.committed);
    return registry;
  }
  const loaded = (): Promise<MetricsRegistry> => (loading ??= loadRegistry());
  const text = new Throttled({
    make: async () => (await loaded()).text(shown().queuedBytes, shown().openStreams),
    version: () => `${changes} ${shown().queuedBytes} ${shown().openStreams}`,
    everyMs: MIN_RENDER_INTERVAL_MS,
  });

  return {
    violated(schema, onInvalid) {
      changes++;
      const key = `${onInvalid} ${schema}`;
      const counted = violations.get(key);
      if (counted) counted.count++;
      else violations.set(key, { schema, onInvalid, count: 1 });
    },
    counts: {
      bytes: count => void (totals.bytes += count),
      refused: (reason, count = 1) => add(refused, reason, count),
      stored(transport, newly, again) {
        changes++;
        stored.set(transport, (stored.get(transport) ?? 0) + newly);
        totals.duplicates += again;
      },
      lost: (transport, events) => add(lost, transport, events),
      malformed: source => add(malformed, source, 1),
      scraped: outcome => add(scrapes, outcome, 1),
    },
    archive: {
      sealed(events) {
        changes++;
        totals.sealed += events;
      },
      compacted() {
        changes++;
        totals.compactions++;
      },
      removed(events, bytes) {
        changes++;
        totals.removed += events;
        totals.freed += bytes;
      },
    },
    privacy: {
      redacted: (rule, count) => add(redacted, rule, count),
      denied() {
        changes++;
        totals.denied++;
      },
    },
    countDropped: read => void (dropped = read),
    observer: {
      committed({ seconds, error }) {
        changes++;
        if (registry) registry.committed(seconds);
        else commits.push(seconds);
        if (error) totals.failedCommits++;
      },
    },
    async load() {
      await loaded();
    },
    text(writer, openStreams) {
      shown = () => ({ queuedBytes: writer.queuedBytes, openStreams: openStreams() });
      return text.get();
    },
  };
}
