import type { Micros } from '../../core/duration.js';
import {
  currentAlerts,
  nextAlertId,
  NO_PROGRESS,
  readCurrentAlerts,
  readProgress,
  removeOldAlerts,
  writeAlerts,
  writeProgress,
  type AlertRecord,
  type HistoryEntry,
  type RuleProgress,
} from '../../store/catalog/alerts.js';
import { recordNotifications } from '../../store/catalog/alert-notifications.js';
import type { StoreDatabase } from '../../store/database/store.js';
import type { Evaluation, EvaluationPoint } from './evaluate.js';
import { step, type LifecycleState, type Notice, type Step } from './lifecycle.js';
import { notificationOf } from './message.js';
import type { AlertRule } from './rule.js';

/** A finished evaluation. */
export interface Finished extends Evaluation {
  readonly point: EvaluationPoint;
  readonly finishedAt: Micros;
}

/** The state of rules: kept in a store, or in memory for a replay. */
export interface Ledger {
  progress(rule: AlertRule): RuleProgress;
  /** Takes an evaluation; undefined when another process has evaluated the rule meanwhile, and this one does not count. */
  take(rule: AlertRule, finished: Finished): Step | undefined;
}

/** The ledger in a store: state, history and outbox change in one transaction. */
export class StoreLedger implements Ledger {
  readonly #db: StoreDatabase;

  /** @param db a connection that writes. */
  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  progress({ name }: AlertRule): RuleProgress {
    return readProgress(this.#db, name);
  }

  take(rule: AlertRule, finished: Finished): Step | undefined {
    return this.#db.transaction(() => this.#take(rule, finished)).immediate();
  }

  #take(rule: AlertRule, finished: Finished): Step | undefined {
    const { at, since } = finished.point;
    const before = readProgress(this.#db, rule.name);
    const exists = this.#db.prepare(`select 1 from objects where name = ? and kind = 'alert'`).get(rule.name);
    if (!exists || before.cursor !== since || isPassed(before.evaluatedAt, at, finished.finishedAt)) return undefined;
    let next = nextAlertId(this.#db);
    const alerts = readCurrentAlerts(this.#db, rule.name, at - rule.cooldown * 1000);
    const stepped = step(rule, { alerts, mutedUntil: before.mutedUntil }, finished.outcome, at, () => next++);
    writeAlerts(this.#db, rule, stepped);
    const notes = stepped.notices.map(notice => notificationOf(rule, notice, at));
    recordNotifications(this.#db, notes, finished.finishedAt);
    if (stepped.history.length > 0) removeOldAlerts(this.#db, finished.finishedAt);
    writeProgress(this.#db, rule.name, progressAfter(before, finished));
    return stepped;
  }
}

/** True for an instant that was evaluated before. One after the present was seen by a clock that has been set back. */
function isPassed(evaluatedAt: Micros | null, at: Micros, now: Micros): boolean {
  return evaluatedAt !== null && evaluatedAt >= at && evaluatedAt <= now;
}

function progressAfter(before: RuleProgress, { outcome, lastId, measure, point, finishedAt }: Finished): RuleProgress {
  const hasFailed = outcome.kind === 'error';
  return {
    ...before,
    cursor: hasFailed ? before.cursor : Math.max(before.cursor, lastId),
    evaluatedAt: point.at,
    finishedAt,
    error: hasFailed ? outcome.message : null,
    measure: measure === undefined ? null : JSON.stringify(measure),
  };
}

/** The ledger of a replay: nothing is stored or sent. */
export class MemoryLedger implements Ledger {
  readonly #states = new Map<string, { progress: RuleProgress; alerts: AlertRecord[] }>();
  #nextId = 1;

  /** @param cursor `$since` of the first evaluation. */
  begin({ name }: AlertRule, cursor: number): void {
    this.#states.set(name, { progress: { ...NO_PROGRESS, cursor }, alerts: [] });
  }

  progress({ name }: AlertRule): RuleProgress {
    return this.#states.get(name)?.progress ?? NO_PROGRESS;
  }

  /** All alerts of a rule so far, those included that have resolved. */
  alerts({ name }: Pick<AlertRule, 'name'>): readonly AlertRecord[] {
    return this.#states.get(name)?.alerts ?? [];
  }

  take(rule: AlertRule, finished: Finished): Step {
    const state = this.#stateOf(rule);
    const stepped = step(
      rule,
      current(state.alerts, state.progress),
      finished.outcome,
      finished.point.at,
      () => this.#nextId++,
    );
    state.progress = progressAfter(state.progress, finished);
    this.#apply(state, stepped);
    return stepped;
  }

  /** Changes the state of a rule by hand, as `alert ack` and the like do. */
  change(rule: AlertRule, make: (state: LifecycleState) => ByHand): ByHand {
    const state = this.#stateOf(rule);
    const made = make(current(state.alerts, state.progress));
    state.progress = { ...state.progress, mutedUntil: made.mutedUntil };
    this.#apply(state, { ...made, removed: [] });
    return made;
  }

  #stateOf({ name }: AlertRule): { progress: RuleProgress; alerts: AlertRecord[] } {
    const state = this.#states.get(name) ?? { progress: NO_PROGRESS, alerts: [] };
    this.#states.set(name, state);
    return state;
  }

  #apply(state: { alerts: AlertRecord[] }, { alerts, removed }: Pick<Step, 'alerts' | 'removed'>): void {
    const byId = new Map(state.alerts.map(alert => [alert.id, alert]));
    for (const alert of alerts) byId.set(alert.id, alert);
    for (const id of removed) byId.delete(id);
    state.alerts = [...byId.values()];
  }
}

/** The changes of a command on alerts. */
export interface ByHand {
  readonly alerts: readonly AlertRecord[];
  readonly history: readonly HistoryEntry[];
  readonly notices: readonly Notice[];
  readonly mutedUntil: Micros | null;
}

function current(alerts: readonly AlertRecord[], { mutedUntil }: RuleProgress): LifecycleState {
  return { alerts: currentAlerts(alerts), mutedUntil };
}
