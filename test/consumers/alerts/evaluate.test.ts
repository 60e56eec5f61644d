import { describe, expect, onTestFinished, test } from 'vitest';
import { dependsOnTime, evaluateRule, sqlAt } from '../../../src/consumers/alerts/evaluate.js';
import { StoreLedger } from '../../../src/consumers/alerts/ledger.js';
import { ruleOf } from '../../../src/consumers/alerts/rule.js';
import { dueInstants, evaluateAt, evaluateDue } from '../../../src/consumers/alerts/schedule.js';
import { storeRules } from '../../../src/consumers/alerts/stored-rules.js';
import { openSession, type Session } from '../../../src/query/session.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { openTestJournal, type TestJournal } from '../../helpers/journal.js';
import { readStore, temporaryStore } from '../../helpers/store.js';

const START = Date.UTC(2026, 0, 1) * 1000;
const SECOND = 1_000_000;
const signal = new AbortController().signal;

interface Opened {
  readonly store: string;
  readonly journal: TestJournal;
  readonly session: Session;
  readonly ledger: StoreLedger;
}

async function opened(): Promise<Opened> {
  const store = temporaryStore();
  const journal = openTestJournal(store);
  const session = await openSession({ dir: store });
  const db = openForWriting(store);
  onTestFinished(() => {
    session.close();
    journal.close();
    db.close();
  });
  return { store, journal, session, ledger: new StoreLedger(db) };
}

const errors = (count: number, fields: object = {}): object[] =>
  Array.from({ length: count }, () => ({ level: 'error', service: 'api', ...fields }));

describe('the SQL of a rule', () => {
  test('gets the instant and the cursor, and nothing within texts and comments', () => {
    const sql = `select '$now' /* $since */ from events where time > $NOW - interval 1 hour and id > $since and a.now > now() -- $now`;

    expect(sqlAt(sql, START + 1, 7)).toBe(
      `select '$now' /* $since */ from events where time > timestamptz '2026-01-01T00:00:00.000001+00' - interval 1 hour and id > 7 and a.now > timestamptz '2026-01-01T00:00:00.000001+00' -- $now`,
    );
  });

  test.each([
    ['select count(*) from events where id > $since', false],
    ['select count(*) from events where time > current_timestamp - interval 1 hour', true],
    ['select count(*) from events where day = current_date', true],
  ])('depends on the time or does not: %s', (sql, depends) => {
    expect(dependsOnTime(sql)).toBe(depends);
  });
});

describe('an evaluation', () => {
  test('takes rows as violations, told apart by their text', async () => {
    const { journal, session } = await opened();
    journal.append([...errors(2), ...errors(3, { service: 'web' })], START / 1000);
    const rule = ruleOf({ name: 'r', when: `select service, count(*) n from events group by 1 having count(*) > 2` });

    const { outcome, lastId } = await evaluateRule(session, rule, { at: START, since: 0 });

    expect(lastId).toBe(5);
    expect(outcome).toEqual({
      kind: 'violation',
      violations: [{ group: '{"service":"web"}', value: 3, row: '{"service":"web","n":3}' }],
    });
  });

  test('compares the value of each group with thresholds', async () => {
    const { journal, session } = await opened();
    journal.append([...errors(2), ...errors(9, { service: 'web' })], START / 1000);
    const rule = ruleOf({ name: 'r', when: 'select service, count(*) from events group by 1', above: 8, below: 3 });

    const { outcome, measure } = await evaluateRule(session, rule, { at: START, since: 0 });

    expect(outcome).toMatchObject({ violations: [{ value: 2 }, { value: 9 }] });
    expect(measure).toEqual({ rows: 2, violations: 2, value: 9 });
  });

  test('aggregates a metric over its window before the instant', async () => {
    const { journal, session } = await opened();
    const metric = (value: number, seconds: number): object => ({
      metric_name: 'response_time',
      metric_value: value,
      time: new Date(START / 1000 + seconds * 1000).toISOString(),
    });
    journal.append([metric(9999, -301), metric(1500, -200), metric(500, -100), metric(9999, 1)], START / 1000);
    const rule = ruleOf({
      name: 'r',
      metric: 'response_time',
      aggregate: 'max',
      op: '>',
      threshold: 1000,
      window: '5m',
    });

    const { outcome } = await evaluateRule(session, rule, { at: START, since: 0 });

    expect(outcome).toMatchObject({ violations: [{ value: 1500 }] });
  });

  test('tells missing data from a number of zero', async () => {
    const { session } = await opened();
    const outcomes = async (...rules: readonly Record<string, unknown>[]): Promise<unknown[]> => {
      const found = [];
      for (const fields of rules) {
        const { outcome } = await evaluateRule(session, ruleOf({ name: 'r', ...fields }), { at: START, since: 0 });
        found.push(outcome.kind === 'violation' ? outcome.violations.length : outcome.kind);
      }
      return found;
    };

    expect(
      await outcomes(
        { metric: 'cpu', threshold: 1 },
        { event: 'true', more_than: 3, group_by: 'service' },
        { when: 'select max(id) from events', above: 1 },
        { when: 'select max(id) from events', absent: true },
        { when: 'select 1', absent: true },
      ),
    ).toEqual(['no data', 0, 'no data', 1, 0]);
  });

  test('is an error where the query fails', async () => {
    const { session } = await opened();
    const rule = ruleOf({ name: 'r', when: 'select nothing from nowhere' });

    const { outcome } = await evaluateRule(session, rule, { at: START, since: 0 });

    expect(outcome).toMatchObject({ kind: 'error', message: expect.stringContaining('nowhere') as string });
  });
});

describe('evaluations in a row', () => {
  const rule = ruleOf({
    name: 'errors',
    when: `select service, count(*) n from events where severity = 'ERROR' and id > $since group by 1`,
    every: '30s',
  });

  test('count each event once, also one that comes late', async () => {
    const { store, journal, session, ledger } = await opened();
    storeRules(store, [rule], { now: START, replaces: false });
    const counts: unknown[] = [];
    const evaluate = async (seconds: number): Promise<void> => {
      const step = await evaluateAt(rule, START + seconds * SECOND, { session, ledger, clock: { now: () => START } });
      counts.push(
        step!.alerts.filter(({ status }) => status === 'firing').map(({ row }) => (JSON.parse(row) as { n: number }).n),
      );
    };

    journal.append(errors(2), START / 1000);
    await evaluate(0);
    await evaluate(30);
    journal.append(errors(3, { time: '2025-12-31T00:00:00Z' }), START / 1000);
    await evaluate(60);

    expect(counts).toEqual([[2], [], [3]]);
  });

  test('begin after the events that are there when the rule is created', async () => {
    const { store, journal, session, ledger } = await opened();
    journal.append(errors(2), START / 1000);
    storeRules(store, [rule], { now: START, replaces: false });

    const step = await evaluateAt(rule, START, { session, ledger, clock: { now: () => START } });

    expect(step!.alerts).toEqual([]);
  });

  test('keep the cursor where an evaluation fails', async () => {
    const { store, session, ledger, journal } = await opened();
    const broken = ruleOf({ name: 'errors', when: 'select nothing from nowhere' });
    storeRules(store, [broken], { now: START, replaces: false });
    journal.append(errors(1), START / 1000);

    await evaluateAt(broken, START, { session, ledger, clock: { now: () => START } });

    expect(readStore(store, 'select cursor, evaluated_at from alert_progress')).toEqual([
      { cursor: 0, evaluated_at: START },
    ]);
  });

  test('of two processes at the same instant, one counts', async () => {
    const { store, session, ledger } = await opened();
    storeRules(store, [rule], { now: START, replaces: false });
    const options = { session, ledger, clock: { now: () => START } };

    expect([await evaluateAt(rule, START, options), await evaluateAt(rule, START, options)]).toEqual([
      expect.anything(),
      undefined,
    ]);
  });

  test('evaluate a gap instant by instant, with the events of then', async () => {
    const { store, journal, session, ledger } = await opened();
    storeRules(store, [rule], { now: START, replaces: false });
    const clock = { time: START, now: () => clock.time };
    await evaluateDue(rule, { session, ledger, clock, signal });
    journal.append(errors(4), START / 1000 + 40_000);
    clock.time = START + 125 * SECOND;

    const steps = await evaluateDue(rule, { session, ledger, clock, signal });

    expect(steps.map(({ history }) => history.map(({ at, change }) => `${(at - START) / SECOND}: ${change}`))).toEqual([
      [],
      ['60: firing'],
      ['90: resolved'],
      [],
    ]);
  });

  test('run at the present of a clock that was set back, and count no event twice', async () => {
    const { store, journal, session, ledger } = await opened();
    storeRules(store, [rule], { now: START, replaces: false });
    const clock = { time: START + 3600 * SECOND, now: () => clock.time };
    const options = { session, ledger, clock, signal };
    const counts = async (): Promise<unknown[]> =>
      (await evaluateDue(rule, options)).map(step =>
        step.alerts.filter(({ status }) => status === 'firing').map(({ value }) => value),
      );
    journal.append(errors(2), clock.time / 1000);

    const before = await counts();
    clock.time = START + 5 * SECOND;
    const back = [await counts(), await counts()];
    journal.append(errors(3), clock.time / 1000);
    clock.time = START + 30 * SECOND;
    const after = await counts();

    expect({ before, back, after }).toEqual({ before: [[2]], back: [[[]], []], after: [[3]] });
    expect(readStore(store, 'select cursor, evaluated_at from alert_progress')).toEqual([
      { cursor: 5, evaluated_at: START + 30 * SECOND },
    ]);
  });

  test('are fewer in a long gap', () => {
    const instants = dueInstants(rule, START, START + 7 * 86_400 * SECOND);

    expect(instants.length).toBeLessThanOrEqual(202);
    expect(instants.at(-1)).toBe(START + 7 * 86_400 * SECOND);
  });
});
