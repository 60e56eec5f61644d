import { expect, onTestFinished, test } from 'vitest';
import { ruleOf } from '../../../src/consumers/alerts/rule.js';
import { listRules, mayBePrivate, removeRule, storeRules } from '../../../src/consumers/alerts/stored-rules.js';
import { watchAlerts } from '../../../src/consumers/alerts/watch.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { openTestJournal } from '../../helpers/journal.js';
import { readStore, temporaryStore, until } from '../../helpers/store.js';

const OBSERVER = { evaluated: () => undefined, notified: () => undefined, alerts: () => undefined };

/** A store with the rules `broken`, which another version seems to have stored, and `sound`. */
function storeWithRules(): string {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  journal.append([{ level: 'error' }]);
  journal.close();
  const rules = ['broken', 'sound'].map(name => ruleOf({ name, when: 'select 1 as one', every: '1s' }, true));
  storeRules(dir, rules, { now: 0, replaces: false });
  const db = openForWriting(dir);
  db.prepare(`update objects set definition = json_set(definition, '$.fields.hue', 7) where name = 'broken'`).run();
  db.close();
  return dir;
}

test('given an unreadable stored rule, then it is logged once, and others go on', async () => {
  const dir = storeWithRules();
  const ending = new AbortController();
  const lines: string[] = [];
  const watching = watchAlerts(
    { dir, memory: 128e6, log: text => lines.push(text), observer: OBSERVER },
    ending.signal,
  );
  const evaluated = (): unknown => readStore(dir, 'select max(evaluated_at) as at from alert_progress')[0];
  await until(() => lines.some(text => text.includes('sound fires')));
  const before = evaluated();
  await until(() => JSON.stringify(evaluated()) !== JSON.stringify(before));
  ending.abort();
  await watching;
  expect(lines.filter(text => text.includes('broken'))).toEqual([
    'the stored alert rule broken cannot be read: the alert rule "broken" has the unknown field hue',
  ]);
});

test('given an unreadable stored rule, then commands name it and can remove it', () => {
  const dir = storeWithRules();
  expect(() => listRules(dir)).toThrow(/rule broken cannot be read: .*unknown field hue/);
  const db = openForWriting(dir);
  onTestFinished(() => {
    db.close();
  });
  expect(['broken', 'sound', 'other'].map(name => mayBePrivate(db, name))).toEqual([true, true, false]);
  removeRule(dir, 'broken');
  expect(listRules(dir).map(({ name }) => name)).toEqual(['sound']);
});
