import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { act } from '../../../src/consumers/alerts/actions.js';
import { step, type LifecycleRule, type Notice, type Outcome } from '../../../src/consumers/alerts/lifecycle.js';
import { ruleOf } from '../../../src/consumers/alerts/rule.js';
import { currentAlerts, isOpen, type AlertRecord } from '../../../src/store/catalog/alerts.js';
import { propertyRuns } from '../../helpers/property-runs.js';

const SECOND = 1_000_000;
const START = Date.UTC(2026, 0, 1) * 1000;

const violating = (...groups: readonly string[]): Outcome => ({
  kind: 'violation',
  violations: groups.map(name => ({ group: JSON.stringify({ service: name }), value: 1, row: '{}' })),
});

/** A rule with its alerts, whose clock the test moves. */
class Life {
  readonly rule;
  alerts: AlertRecord[] = [];
  mutedUntil: number | null = null;
  readonly notices: (Notice & { at: number })[] = [];
  readonly changes: string[] = [];
  #next = 1;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.rule = ruleOf({ name: 'test', when: 'select 1', notify: ['ops'], ...fields });
  }

  /** Evaluates at a number of seconds. */
  at(seconds: number, outcome: Outcome): void {
    const at = START + seconds * SECOND;
    const state = { alerts: this.#current(), mutedUntil: this.mutedUntil };
    // Through JSON: a restart between any two evaluations changes nothing.
    const stored = JSON.parse(JSON.stringify(state)) as typeof state;
    const made = step(this.rule, stored, outcome, at, () => this.#next++);
    this.#apply(made.alerts, made.removed);
    this.notices.push(...made.notices.map(notice => ({ ...notice, at: seconds })));
    this.changes.push(...made.history.map(({ change }) => `${seconds}: ${change}`));
  }

  act(seconds: number, action: Parameters<typeof act>[2]): void {
    const details = { by: 'ann', at: START + seconds * SECOND, note: null, labels: {} };
    const made = act(this.rule, { alerts: this.#current(), mutedUntil: this.mutedUntil }, action, details);
    this.#apply(made.alerts, []);
    this.notices.push(...made.notices.map(notice => ({ ...notice, at: seconds })));
  }

  get told(): string[] {
    return this.notices.map(({ at, channel, reason, held }) => `${at}: ${channel} ${held ?? reason}`);
  }

  get statuses(): string[] {
    return this.alerts.filter(isOpen).map(({ status }) => status);
  }

  #current(): AlertRecord[] {
    return currentAlerts(this.alerts);
  }

  #apply(changed: readonly AlertRecord[], removed: readonly number[]): void {
    const byId = new Map(this.alerts.map(alert => [alert.id, alert]));
    for (const alert of changed) byId.set(alert.id, alert);
    for (const id of removed) byId.delete(id);
    this.alerts = [...byId.values()];
  }
}

describe('the lifecycle of an alert', () => {
  test('fires once its violation has lasted, and resolves when it is over', () => {
    const life = new Life({ for: '1m' });

    for (const seconds of [0, 30, 60, 90]) life.at(seconds, violating('api'));
    life.at(120, violating());

    expect(life.changes).toEqual(['0: pending', '60: firing', '120: resolved']);
    expect(life.told).toEqual(['60: ops firing', '120: ops resolved']);
  });

  test('forgets a violation that did not last', () => {
    const life = new Life({ for: '1m' });

    life.at(0, violating('api'));
    life.at(30, violating());
    life.at(60, violating('api'));

    expect(life.changes).toEqual(['0: pending', '30: inactive', '60: pending']);
    expect(life.told).toEqual([]);
  });

  test('keeps firing for a time after the last violation', () => {
    const life = new Life({ keep_firing: '1m' });

    life.at(0, violating('api'));
    for (const seconds of [30, 59, 60]) life.at(seconds, violating());

    expect(life.changes).toEqual(['0: firing', '60: resolved']);
  });

  test('tells groups apart', () => {
    const life = new Life({});

    life.at(0, violating('api', 'web'));
    life.at(30, violating('web'));

    expect(life.alerts.map(({ group, status }) => `${group} ${status}`)).toEqual([
      '{"service":"api"} resolved',
      '{"service":"web"} firing',
    ]);
  });

  test('holds a notification within a cooldown, and sends it at its end', () => {
    const life = new Life({ cooldown: '2m' });

    life.at(0, violating('api'));
    life.at(30, violating());
    for (const seconds of [60, 90, 120]) life.at(seconds, violating('api'));

    expect(life.told).toEqual(['0: ops firing', '30: ops resolved', '60: ops cooldown', '120: ops firing']);
  });

  test('sends nothing while muted, and what still fires afterwards', () => {
    const life = new Life({});
    life.mutedUntil = START + 60 * SECOND;

    for (const seconds of [0, 30, 60]) life.at(seconds, violating('api'));

    expect(life.told).toEqual(['0: ops muted', '60: ops firing']);
  });

  test('notifies nobody of the end of an alert that nobody heard of', () => {
    const life = new Life({});
    life.mutedUntil = START + 60 * SECOND;

    life.at(0, violating('api'));
    life.at(30, violating());

    expect(life.told).toEqual(['0: ops muted']);
  });

  test('delivers the end of an alert after the mute that held it, once', () => {
    const life = new Life({});

    life.at(0, violating('api', 'web'));
    life.mutedUntil = START + 60 * SECOND;
    life.at(30, violating('web'));
    for (const seconds of [45, 60, 90]) life.at(seconds, violating('web'));

    expect(life.told).toEqual(['0: ops firing', '0: ops firing', '30: ops muted', '60: ops resolved']);
    expect(life.notices.at(-1)!.alert).toMatchObject({ id: 1, resolvedAt: START + 30 * SECOND, held: null });
  });

  test('delivers the end of the first alert before the start of the second', () => {
    const life = new Life({ escalate: ['10s=boss'] });

    life.at(0, violating('api'));
    life.at(10, violating('api'));
    life.mutedUntil = START + 60 * SECOND;
    life.at(20, violating());
    life.at(30, violating('api'));
    life.at(60, violating('api'));

    expect(
      life.notices.map(({ at, alert, channel, reason, held }) => `${at}: ${alert.id} ${channel} ${reason} ${held}`),
    ).toEqual([
      '0: 1 ops firing null',
      '10: 1 boss not acknowledged in 10s null',
      '20: 1 ops resolved muted',
      '20: 1 boss resolved muted',
      '30: 2 ops firing muted',
      '60: 1 ops resolved null',
      '60: 1 boss resolved null',
      '60: 2 ops firing null',
      '60: 2 boss not acknowledged in 10s null',
    ]);
  });

  test('delivers the end of an alert whose acknowledgement expired while muted', () => {
    const life = new Life({});

    life.at(0, violating('api'));
    life.act(10, { kind: 'ack', until: START + 30 * SECOND });
    life.mutedUntil = START + 60 * SECOND;
    life.at(30, violating('api'));
    life.at(40, violating());
    life.at(60, violating());

    expect(life.told).toEqual(['0: ops firing', '30: ops muted', '40: ops muted', '60: ops resolved']);
  });

  test('counts from now what it counted from a time that is yet to come', () => {
    const [pending, firing] = [new Life({ for: '1m' }), new Life({ keep_firing: '1m', cooldown: '2m' })];
    const later = 3600;

    // The clock is set back by an hour after the first evaluation.
    for (const seconds of [later, 10, 40, 70]) pending.at(seconds, violating('api'));
    firing.at(later, violating('api'));
    for (const seconds of [0, 59, 60]) firing.at(seconds, violating());
    for (const seconds of [61, 119, 120]) firing.at(seconds, violating('api'));

    expect(pending.changes).toEqual(['3600: pending', '70: firing']);
    expect(firing.changes).toEqual(['3600: firing', '60: resolved', '61: firing']);
    expect(firing.told).toEqual(['3600: ops firing', '60: ops resolved', '61: ops cooldown', '120: ops firing']);
  });

  test('does not escalate or notify an acknowledged alert until it fires again', () => {
    const life = new Life({ escalate: ['1m=boss'] });

    life.at(0, violating('api'));
    life.act(10, { kind: 'ack', until: null });
    for (const seconds of [60, 600]) life.at(seconds, violating('api'));
    life.at(700, violating());
    life.at(800, violating('api'));

    expect(life.told).toEqual(['0: ops firing', '700: ops resolved', '800: ops firing']);
  });

  test('lets an acknowledgement expire and notifies again', () => {
    const life = new Life({ cooldown: '1h' });

    life.at(0, violating('api'));
    life.act(10, { kind: 'ack', until: START + 60 * SECOND });
    life.at(59, violating('api'));
    life.at(60, violating('api'));

    expect(life.told).toEqual(['0: ops firing', '60: ops acknowledgement expired']);
    expect(life.statuses).toEqual(['firing']);
  });

  test('escalates once when nobody acknowledged in time', () => {
    const life = new Life({ escalate: { '1m': 'boss', '2m': 'chief' } });

    for (const seconds of [0, 60, 90, 120, 150]) life.at(seconds, violating('api'));
    life.at(180, violating());

    expect(life.told).toEqual([
      '0: ops firing',
      '60: boss not acknowledged in 1m',
      '120: chief not acknowledged in 2m',
      '180: ops resolved',
      '180: boss resolved',
      '180: chief resolved',
    ]);
  });

  test('keeps alerts as they are while an evaluation fails, and notifies of the error', () => {
    const life = new Life({});

    life.at(0, violating('api'));
    life.at(30, { kind: 'error', message: 'no such column' });
    life.at(60, violating('api'));
    life.at(90, violating());

    expect(life.told).toEqual(['0: ops firing', '30: ops error', '60: ops resolved', '90: ops resolved']);
  });

  test('shows missing data, and notifies of it only when asked', () => {
    const [shown, told] = [new Life({}), new Life({ on_no_data: 'notify' })];

    for (const life of [shown, told]) life.at(0, { kind: 'no data' });

    expect(shown.alerts.map(({ kind, status }) => `${kind} ${status}`)).toEqual(['no data firing']);
    expect([shown.told, told.told]).toEqual([[], ['0: ops no data']]);
  });

  test('resolves by hand', () => {
    const life = new Life({});

    life.at(0, violating('api'));
    life.act(10, { kind: 'resolve' });

    expect(life.alerts).toMatchObject([{ status: 'resolved', resolvedBy: 'ann' }]);
    expect(life.told).toEqual(['0: ops firing', '10: ops resolved']);
  });
});

describe('the laws of the lifecycle', () => {
  const outcome = fc.oneof(
    { weight: 6, arbitrary: fc.subarray(['api', 'web']).map(groups => violating(...groups)) },
    { weight: 1, arbitrary: fc.constant<Outcome>({ kind: 'error', message: 'broken' }) },
    { weight: 1, arbitrary: fc.constant<Outcome>({ kind: 'no data' }) },
  );
  const event = fc.oneof(
    { weight: 5, arbitrary: outcome.map(value => ({ outcome: value })) },
    { weight: 1, arbitrary: fc.constantFrom('ack', 'unack', 'resolve').map(action => ({ action })) },
    { weight: 1, arbitrary: fc.constantFrom(null, Number.MAX_SAFE_INTEGER).map(mutedUntil => ({ mutedUntil })) },
  );
  const rule = fc.record({
    for: fc.constantFrom('0s', '1m'),
    keep_firing: fc.constantFrom('0s', '1m'),
    cooldown: fc.constantFrom('0s', '3m'),
    escalate: fc.constantFrom([], ['2m=boss']),
  });

  test('holds for any sequence of evaluations and actions', () => {
    fc.assert(
      fc.property(
        rule,
        fc.array(fc.tuple(event, fc.integer({ min: 1, max: 90 })), { maxLength: 40 }),
        (fields, events) => {
          const life = new Life(fields);
          let seconds = 0;
          for (const [given, pause] of events) {
            seconds += pause;
            const acknowledged = life.alerts.filter(({ status }) => status === 'acknowledged').map(({ id }) => id);
            const known = life.notices.length;
            if ('outcome' in given) {
              life.at(seconds, given.outcome);
              expectQuiet(life.notices.slice(known), acknowledged);
            } else if ('mutedUntil' in given) life.mutedUntil = given.mutedUntil;
            else
              life.act(
                seconds,
                given.action === 'ack' ? { kind: 'ack', until: null } : { kind: given.action as 'unack' },
              );
            if (life.mutedUntil !== null)
              expect(life.notices.slice(known).filter(({ held }) => held === null)).toEqual([]);
            expectOneOpenAlertEach(life.alerts);
          }
          life.mutedUntil = null;
          life.at(seconds + 1000, violating());
          expectTimes(life.alerts, life.rule);
          expectCooldown(life.notices, life.rule.cooldown / 1000);
          expectOneEndEach(life.notices);
        },
      ),
      { numRuns: propertyRuns(100) },
    );
  });

  function expectQuiet(notices: readonly Notice[], acknowledged: readonly number[]): void {
    expect(notices.filter(({ alert, reason }) => acknowledged.includes(alert.id) && reason !== 'resolved')).toEqual([]);
  }

  function expectOneOpenAlertEach(alerts: readonly AlertRecord[]): void {
    const open = alerts.filter(isOpen).map(({ kind, group }) => `${kind} ${group}`);
    expect(open.length).toBe(new Set(open).size);
  }

  function expectTimes(alerts: readonly AlertRecord[], { for: lasting }: LifecycleRule): void {
    for (const { startedAt, firedAt, resolvedAt } of alerts) {
      if (firedAt !== null) expect(firedAt - startedAt).toBeGreaterThanOrEqual(lasting * 1000);
      if (resolvedAt !== null) expect(resolvedAt).toBeGreaterThanOrEqual(firedAt!);
    }
  }

  function expectCooldown(notices: readonly (Notice & { at: number })[], cooldown: number): void {
    const last = new Map<string, number>();
    for (const { alert, at, reason, held } of notices) {
      const isStart = held === null && reason !== 'resolved' && !reason.startsWith('not acknowledged');
      if (!isStart) continue;
      const key = `${alert.kind} ${alert.group}`;
      expect(at - (last.get(key) ?? -Infinity)).toBeGreaterThanOrEqual(cooldown);
      last.set(key, at);
    }
  }

  function expectOneEndEach(notices: readonly Notice[]): void {
    const sent = notices.filter(({ held, channel }) => held === null && channel === 'ops');
    const idsOf = (isEnd: boolean): number[] =>
      sent.filter(({ reason }) => (reason === 'resolved') === isEnd).map(({ alert }) => alert.id);
    const ends = idsOf(true);
    expect(ends.length).toBe(new Set(ends).size);
    expect([...ends].sort((a, b) => a - b)).toEqual([...new Set(idsOf(false))].sort((a, b) => a - b));
  }
});
