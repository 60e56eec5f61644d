import type { Total } from './counted.js';
import type { RemoteState } from '../store/catalog/remote-state.js';
import type { OnInvalid } from '../store/catalog/schemas.js';
import type { JournalWriter, WriterObserver } from '../store/journal/writer.js';
import type { PrivacyCounts, Redaction } from '../processors/redact/rules.js';
import type { IntakeCounts } from '../receivers/intake.js';
import type { MetricsRegistry } from './metrics-registry.js';
import type { MaintenanceObserver } from './maintenance/supervisor.js';
import type { AlertObserver } from '../consumers/alerts/watch.js';
import { Throttled } from './throttled.js';

/** Minimum time between two renderings, in milliseconds. */
const MIN_RENDER_INTERVAL_MS = 1000;

const NOTHING_SHOWN = { queuedBytes: 0, openStreams: 0 };

/** The metrics of a server, as Prometheus text. Hot paths add to plain numbers, which the registry reads on demand. */
export class ServerMetrics {
  readonly #stored = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  readonly #lost = new Map<string, number>();
  readonly #scrapes = new Map<string, number>();
  readonly #malformed = new Map<string, number>();
  readonly #redacted = new Map<Redaction, number>();
  readonly #violations = new Map<string, { schema: string; onInvalid: OnInvalid; count: number }>();
  readonly #totals: Record<Total, number> = {
    duplicates: 0,
    denied: 0,
    bytes: 0,
    sealed: 0,
    compactions: 0,
    removed: 0,
    freed: 0,
    failedCommits: 0,
  };
  readonly #evaluations = new Map<string, number>();
  readonly #notifications = new Map<string, number>();
  #alerts: ReadonlyMap<string, number> = new Map();
  #dropped: () => ReadonlyMap<string, number> = () => new Map();
  /** The number of updates, the version of the metrics. */
  #changes = 0;
  #readRemotes: () => readonly RemoteState[] = () => [];
  /** The remotes as of the rendering under way. */
  #remotes: readonly RemoteState[] = [];
  #shown: () => { readonly queuedBytes: number; readonly openStreams: number } = () => NOTHING_SHOWN;
  /** Durations of commits before the registry is loaded, in seconds. */
  readonly #commits: number[] = [];
  #registry: MetricsRegistry | undefined;
  #loading: Promise<MetricsRegistry> | undefined;
  readonly #text = new Throttled({
    make: async () => {
      // Once for all metrics of remotes: it opens the store.
      this.#remotes = this.#readRemotes();
      return (await this.#loaded()).text(this.#shown().queuedBytes, this.#shown().openStreams);
    },
    version: () => `${this.#changes} ${this.#shown().queuedBytes} ${this.#shown().openStreams}`,
    everyMs: MIN_RENDER_INTERVAL_MS,
  });

  readonly counts: IntakeCounts = {
    bytes: count => void (this.#totals.bytes += count),
    refused: (reason, count = 1) => this.#add(this.#refused, reason, count),
    stored: (transport, newly, again) => {
      this.#add(this.#stored, transport, newly);
      this.#totals.duplicates += again;
    },
    lost: (transport, events) => this.#add(this.#lost, transport, events),
    malformed: source => this.#add(this.#malformed, source, 1),
    scraped: outcome => this.#add(this.#scrapes, outcome, 1),
  };

  readonly archive: MaintenanceObserver = {
    sealed: events => this.#total('sealed', events),
    compacted: () => this.#total('compactions', 1),
    removed: (events, bytes) => {
      this.#total('removed', events);
      this.#totals.freed += bytes;
    },
  };

  readonly alerts: AlertObserver = {
    evaluated: outcome => this.#add(this.#evaluations, outcome === 'violation' ? 'ok' : outcome, 1),
    notified: (outcome, count) => {
      if (count > 0) this.#add(this.#notifications, outcome, count);
    },
    alerts: byState => {
      this.#changes++;
      this.#alerts = new Map(Object.entries(byState));
    },
  };

  readonly privacy: PrivacyCounts = {
    redacted: (rule, count) => this.#add(this.#redacted, rule, count),
    denied: () => this.#total('denied', 1),
  };

  readonly observer: WriterObserver = {
    committed: ({ seconds, error }) => {
      this.#changes++;
      if (this.#registry) this.#registry.committed(seconds);
      else this.#commits.push(seconds);
      if (error) this.#totals.failedCommits++;
    },
  };

  /** Counts an event that violates a schema. */
  readonly violated = (schema: string, onInvalid: OnInvalid): void => {
    this.#changes++;
    const key = `${onInvalid} ${schema}`;
    const counted = this.#violations.get(key);
    if (counted) counted.count++;
    else this.#violations.set(key, { schema, onInvalid, count: 1 });
  };

  /** Sets the reader of the datagrams that the operating system dropped, by source. */
  countDropped(read: () => ReadonlyMap<string, number>): void {
    this.#dropped = read;
  }

  /** Sets the reader of the states of remotes. */
  showRemotes(read: () => readonly RemoteState[]): void {
    this.#readRemotes = read;
  }

  /** A batch was forwarded to a remote. */
  forwarded(): void {
    this.#changes++;
  }

  /** Loads the registry, which `text` otherwise does. Until then, each commit uses some bytes of memory. */
  async load(): Promise<void> {
    await this.#loaded();
  }

  /**
   * Renders the metrics, at most once per second: it takes some milliseconds, and requests may be frequent.
   * @param writer whose queue size is included
   */
  text(
    writer: JournalWriter,
    openStreams: () => number,
  ): Promise<{ readonly contentType: string; readonly body: string }> {
    this.#shown = () => ({ queuedBytes: writer.queuedBytes, openStreams: openStreams() });
    return this.#text.get();
  }

  #add<K>(counted: Map<K, number>, key: K, count: number): void {
    this.#changes++;
    counted.set(key, (counted.get(key) ?? 0) + count);
  }

  #total(name: Total, count: number): void {
    this.#changes++;
    this.#totals[name] += count;
  }

  #loaded(): Promise<MetricsRegistry> {
    return (this.#loading ??= this.#loadRegistry());
  }

  async #loadRegistry(): Promise<MetricsRegistry> {
    const { MetricsRegistry } = await import('./metrics-registry.js');
    const registry = new MetricsRegistry({
      stored: this.#stored,
      refused: this.#refused,
      lost: this.#lost,
      scrapes: this.#scrapes,
      malformed: this.#malformed,
      redacted: this.#redacted,
      violations: this.#violations,
      totals: this.#totals,
      dropped: () => this.#dropped(),
      evaluations: this.#evaluations,
      notifications: this.#notifications,
      alerts: () => this.#alerts,
      remotes: () => this.#remotes,
    });
    this.#registry = registry;
    for (const seconds of this.#commits.splice(0)) registry.committed(seconds);
    return registry;
  }
}
