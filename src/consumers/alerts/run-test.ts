import { isDeepStrictEqual } from 'node:util';
import type { Micros } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import type { Session } from '../../query/session.js';
import { isOpen, type AlertRecord } from '../../store/catalog/alerts.js';
import { act, type Action } from './actions.js';
import { stateOf } from './explain.js';
import { MemoryLedger } from './ledger.js';
import type { Notice } from './lifecycle.js';
import { isoTime } from './message.js';
import type { AlertRule } from './rule.js';
import { evaluateAt, nextInstant } from './schedule.js';
import type { AlertTest, Expectation, TestAction } from './test-file.js';

/** The store of a test, which gets its events as its clock advances. */
export interface TestStore {
  readonly session: Session;
  /** Stores events as received at a time. */
  append(events: readonly unknown[], receivedAt: Micros): void;
}

/** An expectation that was not met. */
export interface Mismatch {
  readonly test: string;
  readonly rule: string;
  /** In microseconds from the start of the test. */
  readonly offset: Micros;
  readonly compared: 'state' | 'alerts' | 'notifications';
  /** The error of the last evaluation; null after one that succeeded. */
  readonly error: string | null;
  readonly expected: unknown;
  /** The same fields as of `expected`. */
  readonly actual: unknown;
}

/** A thing that happens during a test; at the same time, in this order. */
interface Happening {
  readonly at: Micros;
  readonly rank: number;
  readonly run: () => void | Promise<void>;
}

const RANK = { events: 0, evaluation: 1, action: 2, expectation: 3 } as const;

/**
 * Runs a test: feeds its events to a store, evaluates the rules at their scheduled instants by the evaluator and
 * lifecycle of a server, and compares. Returns the expectations that were not met.
 */
export async function runTest(test: AlertTest, rules: readonly AlertRule[], store: TestStore): Promise<Mismatch[]> {
  return new TestRun(test, rules, store).run();
}

class TestRun {
  readonly #test: AlertTest;
  readonly #rules: readonly AlertRule[];
  readonly #store: TestStore;
  readonly #ledger = new MemoryLedger();
  readonly #notices = new Map<string, { at: Micros; notice: Notice }[]>();
  readonly #mismatches: Mismatch[] = [];

  constructor(test: AlertTest, rules: readonly AlertRule[], store: TestStore) {
    this.#test = test;
    this.#rules = rules;
    this.#store = store;
  }

  async run(): Promise<Mismatch[]> {
    const { start, events, actions, expectations } = this.#test;
    const end = start + Math.max(...expectations.map(({ offset }) => offset));
    const happenings: Happening[] = [
      ...byOffset(events).map(({ offset, items }) => ({
        at: start + offset,
        rank: RANK.events,
        run: () =>
          this.#store.append(
            items.map(({ event }) => event),
            start + offset,
          ),
      })),
      ...this.#rules.flatMap(rule => this.#evaluations(rule, end)),
      ...actions.map(action => ({
        at: start + action.offset,
        rank: RANK.action,
        run: () => this.#apply(action),
      })),
      ...expectations.map(expectation => ({
        at: start + expectation.offset,
        rank: RANK.expectation,
        run: () => this.#compare(expectation),
      })),
    ];
    happenings.sort((a, b) => a.at - b.at || a.rank - b.rank);
    for (const { run } of happenings) await run();
    return this.#mismatches;
  }

  #evaluations(rule: AlertRule, end: Micros): Happening[] {
    this.#ledger.begin(rule, 0);
    const found: Happening[] = [];
    for (let at = nextInstant(rule, this.#test.start - 1); at <= end; at = nextInstant(rule, at)) {
      found.push({ at, rank: RANK.evaluation, run: () => this.#evaluate(rule, at) });
    }
    return found;
  }

  async #evaluate(rule: AlertRule, at: Micros): Promise<void> {
    const { session } = this.#store;
    const step = await evaluateAt(rule, at, { session, ledger: this.#ledger, clock: { now: () => at } });
    this.#note(rule, at, step?.notices ?? []);
  }

  #apply({ rule: name, kind, until, offset }: TestAction): void {
    const rule = this.#ruleNamed(name);
    const at = this.#test.start + offset;
    const end = until === null ? null : this.#test.start + until;
    const made = this.#ledger.change(rule, state => {
      if (kind === 'mute') return { ...NOTHING, mutedUntil: end ?? Infinity };
      if (kind === 'unmute') return { ...NOTHING, mutedUntil: null };
      const action: Action = kind === 'ack' ? { kind, until: end } : { kind };
      return act(rule, state, action, { by: 'test', at, note: null, labels: {} });
    });
    this.#note(rule, at, made.notices);
  }

  #note({ name }: AlertRule, at: Micros, notices: readonly Notice[]): void {
    const noted = this.#notices.get(name) ?? [];
    this.#notices.set(name, [...noted, ...notices.map(notice => ({ at, notice }))]);
  }

  #compare({ offset, rule: name, alerts, notifications, state }: Expectation): void {
    const rule = this.#ruleNamed(name);
    const open = this.#ledger.alerts(rule).filter(isOpen);
    const { error } = this.#ledger.progress(rule);
    const check = (compared: Mismatch['compared'], expected: unknown, actual: unknown): void => {
      if (isDeepStrictEqual(expected, actual)) return;
      this.#mismatches.push({ test: this.#test.name, rule: rule.name, offset, compared, error, expected, actual });
    };
    if (state !== undefined) check('state', state, stateOf(open, this.#ledger.progress(rule)));
    if (alerts) check('alerts', alerts, named(open.map(alertFields), alerts));
    if (notifications) {
      const noted = (this.#notices.get(rule.name) ?? []).map(({ at, notice }) => ({
        at: `${(at - this.#test.start) / 1_000_000}s`,
        ...noticeFields(notice),
      }));
      check('notifications', notifications, named(noted, notifications));
      this.#notices.set(rule.name, []);
    }
  }

  #ruleNamed(name: string): AlertRule {
    const found = this.#rules.find(rule => rule.name.toLowerCase() === name.toLowerCase());
    if (found) return found;
    throw new TelemetryError('usage', `test "${this.#test.name}" names the rule "${name}", which is not there`);
  }
}

const NOTHING = { alerts: [], history: [], notices: [] };

/** The fields of an alert that an expectation may name. */
function alertFields(alert: AlertRecord): Record<string, unknown> {
  return {
    status: alert.kind !== 'violation' && alert.status === 'firing' ? alert.kind : alert.status,
    kind: alert.kind,
    group: JSON.parse(alert.group),
    value: alert.value,
    row: JSON.parse(alert.row),
    labels: JSON.parse(alert.labels),
    held: alert.held,
    started_at: isoTime(alert.startedAt),
    fired_at: alert.firedAt === null ? null : isoTime(alert.firedAt),
  };
}

function noticeFields({ channel, reason, held, alert }: Notice): Record<string, unknown> {
  return { channel, reason, held, group: JSON.parse(alert.group) };
}

/** Of each object, the fields that the expected one at its place names; all fields where nothing is expected. */
function named(actual: readonly Record<string, unknown>[], expected: readonly object[]): unknown[] {
  return actual.map((item, i) => (i < expected.length ? projected(item, expected[i]) : item));
}

function projected(actual: unknown, expected: unknown): unknown {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(actual) || !isObject(expected)) return actual;
  return Object.fromEntries(
    Object.keys(expected)
      .filter(key => key in actual)
      .map(key => [key, projected(actual[key], expected[key])]),
  );
}

function byOffset<Item extends { readonly offset: Micros }>(
  items: readonly Item[],
): { offset: Micros; items: Item[] }[] {
  const groups = new Map<Micros, Item[]>();
  for (const item of items) groups.set(item.offset, [...(groups.get(item.offset) ?? []), item]);
  return [...groups].map(([offset, grouped]) => ({ offset, items: grouped }));
}
