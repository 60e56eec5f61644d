import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import { openSession, type Session } from '../../query/session.js';
import { countOpenAlerts, type OpenAlertCounts } from '../../store/catalog/alerts.js';
import { openForWriting, type StoreDatabase } from '../../store/database/store.js';
import { StoreLedger } from './ledger.js';
import type { Outcome, Step } from './lifecycle.js';
import { groupText } from './message.js';
import { Outbox } from './notify/outbox.js';
import type { AlertRule } from './rule.js';
import { dueAt, evaluateDue, SYSTEM_CLOCK, type Clock } from './schedule.js';
import { readRules } from './stored-rules.js';

/** Interval of looks at the store for new rules and notifications, in milliseconds. */
const LOOK_MS = 1000;

/** Without rules and waiting notifications for this long, watching ends, in milliseconds. */
const IDLE_MS = 10_000;

/** The outcome of a try to send a notification, or of one that a mute or cooldown holds back. */
export type NotificationOutcome = 'sent' | 'retried' | 'failed' | 'held';

/** Callbacks for metrics. */
export interface AlertObserver {
  /** Called for each evaluation. */
  evaluated(outcome: Outcome['kind']): void;
  notified(outcome: NotificationOutcome, count: number): void;
  /** Called when the numbers of open alerts have changed. */
  alerts(byState: OpenAlertCounts): void;
}

/** The options of {@link watchAlerts}. */
export interface WatchOptions {
  /** The store's directory. */
  readonly dir: string;
  /** Memory of DuckDB, in bytes. */
  readonly memory: number;
  /** Called with a line for the operator. */
  readonly log: (text: string) => void;
  readonly observer: AlertObserver;
  readonly clock?: Clock;
}

/**
 * Evaluates the rules of a store at their instants, one at a time, and delivers notifications meanwhile: a receiver that
 * is slow delays no evaluation. Returns once there is nothing to watch, or the signal aborts.
 * @throws TelemetryError when the store cannot be used.
 */
export async function watchAlerts(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const db = openForWriting(options.dir);
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);
  try {
    const clock = options.clock ?? SYSTEM_CLOCK;
    const outbox = new Outbox(db, clock);
    const delivering = deliverAll(outbox, { clock, observer: options.observer }, ended);
    delivering.catch(() => ending.abort());
    await new Evaluator(db, options, clock).run(outbox, ended);
    ending.abort();
    await delivering;
  } finally {
    ending.abort();
    db.close();
  }
}

async function deliverAll(
  outbox: Outbox,
  { clock, observer }: { readonly clock: Clock; readonly observer: AlertObserver },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const { nextAt } = outbox;
    if (nextAt !== undefined && nextAt <= clock.now()) {
      const { sent, delayed, failed } = await outbox.deliver(signal);
      observer.notified('sent', sent);
      observer.notified('retried', delayed);
      observer.notified('failed', failed);
    } else await pause(LOOK_MS / 4, signal);
  }
}

class Evaluator {
  readonly #db: StoreDatabase;
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  readonly #ledger: StoreLedger;
  /** The last errors of rules, which are logged once each. */
  readonly #errors = new Map<string, string>();
  #session: Session | undefined;
  #counts: OpenAlertCounts | undefined;

  constructor(db: StoreDatabase, options: WatchOptions, clock: Clock) {
    this.#db = db;
    this.#options = options;
    this.#clock = clock;
    this.#ledger = new StoreLedger(db);
  }

  /** Returns when there is nothing to watch, or the signal aborts. */
  async run(outbox: Outbox, signal: AbortSignal): Promise<void> {
    let idleSince = performance.now();
    try {
      while (!signal.aborted) {
        const rules = readRules(this.#db, (rule, error) => this.#logOnce(rule, error.message));
        for (const rule of rules) {
          signal.throwIfAborted();
          if (this.#dueAt(rule) <= this.#clock.now()) await this.#evaluate(rule, signal);
        }
        this.#countAlerts();
        if (rules.length > 0 || outbox.nextAt !== undefined) idleSince = performance.now();
        if (performance.now() - idleSince > IDLE_MS) return;
        await pause(this.#waitMs(rules), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#session?.close();
    }
  }

  #dueAt(rule: AlertRule): number {
    return dueAt(rule, this.#ledger.progress(rule).evaluatedAt, this.#clock.now());
  }

  /** Milliseconds until the next rule is due. */
  #waitMs(rules: readonly AlertRule[]): number {
    const next = Math.min(...rules.map(rule => this.#dueAt(rule)));
    return Math.max(0, Math.min(LOOK_MS, (next - this.#clock.now()) / 1000));
  }

  async #evaluate(rule: AlertRule, signal: AbortSignal): Promise<void> {
    const { dir, memory } = this.#options;
    this.#session ??= await openSession({ dir, memory, signal });
    const steps = await evaluateDue(rule, { session: this.#session, ledger: this.#ledger, clock: this.#clock, signal });
    this.#log(rule, steps);
    for (const { outcome, notices } of steps) {
      this.#options.observer.evaluated(outcome);
      this.#options.observer.notified('held', notices.filter(({ held }) => held !== null).length);
    }
    const { error } = this.#ledger.progress(rule);
    if (error === null) this.#errors.delete(rule.name);
    else {
      const text = messageOf(error).split('\n', 1)[0]!;
      this.#logOnce(rule.name, `the alert rule ${rule.name} cannot be evaluated: ${text}`);
      // The store may have been replaced: look at it with a new session.
      this.#session.close();
      this.#session = undefined;
    }
  }

  /** Logs an error of a rule, unless it is the last one that was logged of that rule. */
  #logOnce(rule: string, text: string): void {
    if (this.#errors.get(rule) === text) return;
    this.#errors.set(rule, text);
    this.#options.log(text);
  }

  #countAlerts(): void {
    const counts = countOpenAlerts(this.#db);
    if (isDeepStrictEqual(counts, this.#counts)) return;
    this.#counts = counts;
    this.#options.observer.alerts(counts);
  }

  #log(rule: AlertRule, steps: readonly Step[]): void {
    for (const { alerts, history } of steps) {
      for (const { alert: id, change } of history) {
        if (change !== 'firing' && change !== 'resolved') continue;
        const alert = alerts.find(one => one.id === id);
        const group = alert ? groupText(JSON.parse(alert.group)) : '';
        const kind = alert && alert.kind !== 'violation' ? `${alert.kind}: ` : '';
        this.#options.log(`alert ${id}: ${kind}${rule.name}${group} ${change === 'firing' ? 'fires' : 'is resolved'}`);
      }
    }
  }
}
