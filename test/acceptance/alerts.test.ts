import { expect, test } from 'vitest';
import { Outbox } from '../../src/consumers/alerts/notify/outbox.js';
import { openForWriting } from '../../src/store/database/store.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { postJson } from '../helpers/http.js';
import { serve } from '../helpers/server.js';
import { readStore, temporaryStore, until } from '../helpers/store.js';
import { webhookReceiver } from '../helpers/alert-receivers.js';

const RULE = ['--event', `severity = 'ERROR'`, '--more-than', '1', '--every', '1s', '--window', '1h'];

interface Sent {
  readonly status: string;
  readonly key: string;
}

const notifications = (store: string): Sent[] =>
  readStore(store, 'select status, key from alert_notifications order by id');

async function createRule(store: string, url: string): Promise<void> {
  const args = ['alert', 'create', 'errors', ...RULE, '--notify', `webhook:${url}`, '--allow-private-targets'];
  const { code, err } = await commandInProcess([...args, '--store', store], { cwd: store });
  expect({ code, err }).toEqual({ code: 0, err: '' });
}

test('a server evaluates a rule that comes later, notifies, and keeps its state', async () => {
  const store = temporaryStore();
  const receiver = await webhookReceiver();
  const first = await serve({ store });
  await createRule(store, receiver.url);
  await postJson(first.url, '{"level":"error"}\n{"level":"error"}');

  await until(() => receiver.received.length === 1, 'the notification');
  await until(() => notifications(store).every(({ status }) => status === 'sent'), 'its record');
  expect(receiver.received[0]!.body).toMatchObject({ rule: 'errors', reason: 'firing', value: 2 });
  expect(first.said()).toContain('errors fires');
  const metrics = await (await fetch(`${first.url}/metrics`)).text();
  expect(metrics).toMatch(/^telemetry_alert_evaluations_total\{outcome="ok"\} [1-9]/m);
  expect(metrics).toContain('telemetry_alert_notifications_total{outcome="sent"} 1\n');
  expect(metrics).toContain('telemetry_alerts{state="firing"} 1\n');
  expect(metrics).toContain('telemetry_alerts{state="pending"} 0\n');
  await first.end();

  const second = await serve({ store });
  const evaluated = (): number[] =>
    readStore<{ at: number }>(store, 'select evaluated_at as at from alert_progress').map(({ at }) => at);
  const before = evaluated();
  await until(() => evaluated()[0]! > before[0]!, 'the next evaluation');
  await second.end();
  expect(readStore(store, 'select status from alerts')).toEqual([{ status: 'firing' }]);
  expect(receiver.received.length).toBe(1);
});

test('a process that dies after sending sends again with the same key', async () => {
  const store = temporaryStore();
  const receiver = await webhookReceiver();
  await createRule(store, receiver.url);
  // The alert process dies between the answer of the receiver and its record.
  const server = await serve({ store, env: { TELEMETRY_FAULT: 'alert:sent' } });
  await postJson(server.url, '{"level":"error"}\n{"level":"error"}');
  await until(() => receiver.received.length === 1, 'the first try');
  await server.end();

  expect(notifications(store)).toMatchObject([{ status: 'waiting', key: receiver.received[0]!.key }]);
  // The claim of the dead process runs out after a minute.
  const db = openForWriting(store);
  await new Outbox(db, { now: () => (Date.now() + 61_000) * 1000 }).deliver(new AbortController().signal);
  db.close();

  expect(receiver.received.map(({ key }) => key)).toEqual([receiver.received[0]!.key, receiver.received[0]!.key]);
  expect(notifications(store)).toMatchObject([{ status: 'sent' }]);
});
