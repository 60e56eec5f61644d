import { DEFAULT_TUNING } from '../core/limits.js';
import type { Intake } from '../receivers/intake.js';
import { startAlerts, type RunningAlerts } from './alerts/supervisor.js';
import { startForwarding, type RunningForwarding } from './forwarding/supervisor.js';
import { startMaintenance, type RunningMaintenance } from './maintenance/supervisor.js';
import type { ServerMetrics } from './metrics.js';
import { OwnEvents } from './own-events.js';
import type { ServerOptions } from './server-options.js';

/** Default interval of the retention policy. */
const HOUR_MS = 3_600_000;

/** Delay before a temporary server starts maintenance and metrics, in milliseconds. Most end earlier, and these cost more than their work. */
const TEMPORARY_MS = 5000;

/** Delay before another server starts maintenance, in milliseconds: the first requests do not compete with its start. */
const MAINTENANCE_MS = 1000;

/** The surroundings of the work. */
export interface BackgroundOptions {
  readonly intake: Intake;
  readonly metrics: ServerMetrics;
  /** Called when the metrics cannot be loaded. */
  readonly crash: (error: Error) => void;
}

/** The work of a server on its store besides receiving: maintenance, alerts, forwarding and events of the server itself. */
export class BackgroundWork {
  readonly #options: ServerOptions;
  readonly #surroundings: BackgroundOptions;
  readonly #log: (text: string) => void;
  readonly #delayed: NodeJS.Timeout[] = [];
  #maintenance: RunningMaintenance | undefined;
  #alerts: RunningAlerts | undefined;
  #forwarding: RunningForwarding | undefined;
  #ownEvents: OwnEvents | undefined;

  constructor(options: ServerOptions, surroundings: BackgroundOptions) {
    this.#options = options;
    this.#surroundings = surroundings;
    this.#log = options.log ?? (() => undefined);
  }

  start(): void {
    const isTemporary = this.#options.temporaryFor !== undefined;
    this.#delayed.push(setTimeout(() => this.#startMaintenance(), isTemporary ? TEMPORARY_MS : MAINTENANCE_MS));
    if (isTemporary) this.#delayed.push(setTimeout(() => this.#startOthers(), TEMPORARY_MS));
    else this.#startOthers();
  }

  /** Stops all but the events of the server itself. */
  async stop(): Promise<void> {
    for (const timer of this.#delayed) clearTimeout(timer);
    await Promise.all([this.#maintenance?.stop(), this.#alerts?.stop(), this.#forwarding?.stop()]);
  }

  /** Ends the events of the server itself. Call it before the writer is closed. */
  closeOwnEvents(): void {
    this.#ownEvents?.close();
  }

  #startMaintenance(): void {
    const { store, archive = DEFAULT_TUNING, retentionEvery = HOUR_MS } = this.#options;
    this.#maintenance = startMaintenance(
      { dir: store, ...archive, retentionEvery },
      this.#surroundings.metrics.archive,
      () => this.#ownEvents?.tellLosses(),
      this.#log,
    );
  }

  #startOthers(): void {
    const { store: dir, archive = DEFAULT_TUNING } = this.#options;
    const { intake, metrics, crash } = this.#surroundings;
    this.#ownEvents = new OwnEvents(intake, dir, this.#log);
    this.#alerts = startAlerts({ dir, memory: archive.memory }, metrics.alerts, this.#log);
    this.#forwarding = startForwarding({ dir }, () => metrics.forwarded(), this.#log);
    metrics.load().catch(crash);
  }
}
