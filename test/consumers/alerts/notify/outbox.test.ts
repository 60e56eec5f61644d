import type { lookup as systemLookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Outbox } from '../../../../src/consumers/alerts/notify/outbox.js';
import { postWebhook } from '../../../../src/consumers/alerts/notify/webhook.js';
import { ruleOf } from '../../../../src/consumers/alerts/rule.js';
import { muteRule, storeRules } from '../../../../src/consumers/alerts/stored-rules.js';
import { StoreLedger } from '../../../../src/consumers/alerts/ledger.js';
import { storeChannel } from '../../../../src/store/catalog/alert-channels.js';
import { openForWriting } from '../../../../src/store/database/store.js';
import { mailReceiver, webhookReceiver } from '../../../helpers/alert-receivers.js';
import { readStore, temporaryStore, until } from '../../../helpers/store.js';

const START = Date.UTC(2026, 0, 1) * 1000;
const SECOND = 1_000_000;

interface Stored {
  readonly status: string;
  readonly outcome: string | null;
  readonly attempts: number;
  readonly key: string;
}

/** A store with one alert that fires and notifies channels, and its outbox, whose clock the test moves. */
function firing(notify: readonly string[], { mayBePrivate = true } = {}) {
  const store = temporaryStore();
  const clock = { time: START, now: () => clock.time };
  const rule = ruleOf({ name: 'errors', when: 'select 1', notify, labels: { team: '<a&b>' } }, mayBePrivate);
  storeRules(store, [rule], { now: START, replaces: false });
  const db = openForWriting(store);
  onTestFinished(() => void db.close());
  const violations = [{ group: '{"service":"api"}', value: 11, row: '{"service":"api","errors":11}' }];
  const ledger = new StoreLedger(db);
  ledger.take(rule, {
    outcome: { kind: 'violation', violations },
    lastId: 0,
    measure: undefined,
    point: { at: START, since: 0 },
    finishedAt: START,
  });
  const outbox = new Outbox(db, clock);
  return {
    store,
    clock,
    deliver: (signal = new AbortController().signal) => outbox.deliver(signal),
    nextAt: () => outbox.nextAt,
    /** Resolves the alert a minute later. */
    resolve: () => {
      clock.time += 60 * SECOND;
      const point = { at: clock.time, since: 0 };
      const outcome = { kind: 'violation', violations: [] } as const;
      ledger.take(rule, { outcome, lastId: 0, measure: undefined, point, finishedAt: clock.time });
    },
    stored: (): Stored[] =>
      readStore(store, 'select status, outcome, attempts, key from alert_notifications order by id'),
  };
}

describe('the outbox', () => {
  test('posts JSON with a key of the notification', async () => {
    const receiver = await webhookReceiver();
    const { deliver, stored } = firing([`webhook:${receiver.url}/hook?token=x`]);

    expect(await deliver()).toEqual({ sent: 1, delayed: 0, failed: 0 });
    expect(receiver.received).toMatchObject([
      { path: '/hook?token=x', body: { rule: 'errors', reason: 'firing', group: { service: 'api' }, value: 11 } },
    ]);
    expect(stored()).toMatchObject([{ status: 'sent', outcome: '200', key: receiver.received[0]!.key }]);
    expect(await deliver()).toEqual({ sent: 0, delayed: 0, failed: 0 });
  });

  test("posts the payload of Slack's webhooks, with its three characters escaped", async () => {
    const receiver = await webhookReceiver();
    const { deliver } = firing([`slack:${receiver.url}/services/T/B/x`]);

    await deliver();

    const { text, blocks } = receiver.received[0]!.body as { text: string; blocks: { text: { text: string } }[] };
    expect(text).toBe('FIRING: errors (service=api)');
    expect(blocks).toMatchObject([{ type: 'section', text: { type: 'mrkdwn' } }]);
    expect(blocks[0]!.text.text).toContain('labels: team=&lt;a&amp;b&gt;');
  });

  test('tries again with growing pauses and the same key', async () => {
    const receiver = await webhookReceiver();
    receiver.answers.push({ status: 503 }, { status: 500 });
    const { deliver, clock, stored } = firing([`webhook:${receiver.url}`]);

    expect(await deliver()).toMatchObject({ delayed: 1 });
    clock.time += 4 * SECOND;
    expect(await deliver()).toMatchObject({ delayed: 0, sent: 0 });
    clock.time += SECOND;
    expect(await deliver()).toMatchObject({ delayed: 1 });
    clock.time += 10 * SECOND;
    expect(await deliver()).toMatchObject({ sent: 1 });
    expect(new Set(receiver.received.map(({ key }) => key)).size).toBe(1);
    expect(stored()).toMatchObject([{ attempts: 3, status: 'sent' }]);
  });

  test('never sends "resolved" before "firing"', async () => {
    const receiver = await webhookReceiver();
    receiver.answers.push({ status: 429, headers: { 'retry-after': '600' } });
    const { deliver, clock, resolve, nextAt } = firing([`webhook:${receiver.url}`]);

    expect(await deliver()).toMatchObject({ delayed: 1 });
    resolve();
    expect(await deliver()).toEqual({ sent: 0, delayed: 0, failed: 0 });
    expect(nextAt()).toBe(START + 600 * SECOND);
    clock.time = START + 600 * SECOND;
    expect(await deliver()).toMatchObject({ sent: 2 });
    expect(receiver.received.map(({ body }) => body.reason)).toEqual(['firing', 'firing', 'resolved']);
  });

  test('sends to other channels while a receiver does not answer', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const receiver = await webhookReceiver();
    const { deliver } = firing([`webhook:http://127.0.0.1:${port}`, `webhook:${receiver.url}`]);
    const stop = new AbortController();

    const delivered = deliver(stop.signal);
    await until(() => receiver.received.length === 1);
    stop.abort();
    expect(await delivered).toMatchObject({ sent: 1, delayed: 1 });
  });

  test('waits as long as the receiver asks', async () => {
    const receiver = await webhookReceiver();
    receiver.answers.push({ status: 429, headers: { 'retry-after': '60' } });
    const { deliver, clock } = firing([`webhook:${receiver.url}`]);

    await deliver();
    clock.time += 59 * SECOND;
    expect(await deliver()).toMatchObject({ sent: 0 });
    clock.time += SECOND;
    expect(await deliver()).toMatchObject({ sent: 1 });
  });

  test('holds a further try while the rule is muted', async () => {
    const receiver = await webhookReceiver();
    receiver.answers.push({ status: 503 });
    const { deliver, clock, nextAt, store } = firing([`webhook:${receiver.url}`]);

    await deliver();
    muteRule(store, 'errors', START + 60 * SECOND, { by: 'ann', at: START, note: null });
    clock.time += 59 * SECOND;
    expect([await deliver(), nextAt()]).toEqual([{ sent: 0, delayed: 0, failed: 0 }, undefined]);
    clock.time += SECOND;
    expect(await deliver()).toMatchObject({ sent: 1 });
  });

  test('sends what waits for a time that is far off, since the clock was set back', async () => {
    const receiver = await webhookReceiver();
    receiver.answers.push({ status: 503 });
    const { deliver, clock, nextAt } = firing([`webhook:${receiver.url}`]);

    await deliver();
    clock.time -= 3 * 86_400 * SECOND;
    expect(nextAt()).toBe(clock.time);
    expect(await deliver()).toMatchObject({ sent: 1 });
  });

  test('gives up what the receiver refuses, and after a day', async () => {
    const receiver = await webhookReceiver();
    receiver.answers.push({ status: 410 }, { status: 500 });
    const refused = firing([`webhook:${receiver.url}`]);
    const late = firing([`webhook:${receiver.url}`]);
    late.clock.time += 86_401 * SECOND;

    expect([await refused.deliver(), await late.deliver()]).toMatchObject([{ failed: 1 }, { failed: 1 }]);
    expect(refused.stored()).toMatchObject([{ status: 'failed', outcome: 'the receiver answered 410' }]);
  });

  test('follows no redirect', async () => {
    const receiver = await webhookReceiver();
    receiver.answers.push({ status: 307, headers: { location: `${receiver.url}/other` } });
    const { deliver, stored } = firing([`webhook:${receiver.url}/first`]);

    expect(await deliver()).toMatchObject({ failed: 1 });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/first']);
    expect(stored()).toMatchObject([{ outcome: 'the receiver answered 307, a redirect, which is not followed' }]);
  });

  test('reaches no private address, unless it is allowed', async () => {
    const receiver = await webhookReceiver();
    const [allowed, refused] = [true, false].map(mayBePrivate => firing([`webhook:${receiver.url}`], { mayBePrivate }));

    expect(await refused!.deliver()).toMatchObject({ failed: 1 });
    expect(receiver.received).toEqual([]);
    expect(refused!.stored()).toMatchObject([{ outcome: '127.0.0.1 is a loopback or private address' }]);
    expect(await allowed!.deliver()).toMatchObject({ sent: 1 });
  });

  test('checks the addresses of a name when it connects', async () => {
    const receiver = await webhookReceiver();
    const { port } = new URL(receiver.url);
    const lookup = ((_host: string, _options: unknown, done: (error: null, found: unknown) => void) =>
      done(null, [
        { address: '8.8.8.8', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ])) as unknown as typeof systemLookup;
    const url = `http://hooks.example.com:${port}/`;
    const post = { url, body: {}, key: 'k', mayBePrivate: false, signal: new AbortController().signal, lookup };

    await expect(postWebhook(post)).rejects.toThrow(
      'hooks.example.com (127.0.0.1) is a loopback or private address; --allow-private-targets allows it',
    );
    expect(receiver.received).toEqual([]);
  });

  test('sends email with a Message-ID of the notification', async () => {
    const mail = await mailReceiver();
    mail.refusals.push(451);
    const { deliver, store, clock, stored } = firing(['email:ops@example.com']);
    const setting = `smtp://ann:secret@127.0.0.1:${mail.port}?from=telemetry@example.com`;
    storeChannel(store, { name: 'smtp', setting, mayBePrivate: false });

    expect(await deliver()).toMatchObject({ delayed: 1 });
    clock.time += 5 * SECOND;
    expect(await deliver()).toMatchObject({ sent: 1 });
    const [message = ''] = mail.messages;
    expect(message).toContain(`Message-ID: <${stored()[0]!.key}@example.com>`);
    expect(message).toContain('Subject: FIRING: errors (service=api)');
    expect(message).toContain('errors: 11');
  });

  test.each([
    ['is sent without STARTTLS on this machine', {}, 'secret@127.0.0.1', { sent: 1 }, /^250 /],
    [
      'is sent by STARTTLS on this machine, with any certificate',
      { hasTls: true },
      'secret@127.0.0.1',
      { sent: 1 },
      /^250 /,
    ],
    ['fails with a wrong password', {}, 'wrong@127.0.0.1', { failed: 1 }, /^Invalid login: 535 /],
    ['fails without STARTTLS on another machine', {}, 'secret@0.0.0.0', { failed: 1 }, /STARTTLS/],
    [
      'waits for a certificate that is valid on another machine',
      { hasTls: true },
      'secret@0.0.0.0',
      { delayed: 1 },
      /certificate/,
    ],
  ])('an email with a password %s', async (_, options, login, delivered, outcome) => {
    const mail = await mailReceiver(options);
    const { deliver, store, stored } = firing(['email:ops@example.com']);
    storeChannel(store, { name: 'smtp', setting: `smtp://ann:${login}:${mail.port}`, mayBePrivate: false });

    expect(await deliver()).toMatchObject(delivered);
    expect(stored()[0]!.outcome).toMatch(outcome);
    expect(stored()[0]!.outcome).not.toContain('secret');
    expect(mail.messages.length).toBe('sent' in delivered ? 1 : 0);
    expect(mail.secured.length).toBe('sent' in delivered && 'hasTls' in options ? 1 : 0);
  });

  test('gives up what a mail server refuses for good', async () => {
    const mail = await mailReceiver();
    mail.refusals.push(554);
    const { deliver, store } = firing(['email:ops@example.com']);
    storeChannel(store, { name: 'smtp', setting: `smtp://ann:secret@127.0.0.1:${mail.port}`, mayBePrivate: false });

    expect(await deliver()).toMatchObject({ failed: 1 });
  });

  test('runs a command without a shell, with the notification on stdin', async () => {
    const out = join(temporaryStore(), 'out.json');
    const code = `process.stdin.pipe(require('fs').createWriteStream(process.argv[1]))`;
    const { deliver } = firing([`exec:${JSON.stringify([process.execPath, '-e', code, out, '$(id)'])}`]);

    expect(await deliver()).toMatchObject({ sent: 1 });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ rule: 'errors', value: 11 });
  });

  test('keeps the error of a command that fails', async () => {
    const { deliver, stored } = firing([
      `exec:${JSON.stringify([process.execPath, '-e', 'console.error("no pager"); process.exit(3)'])}`,
    ]);

    expect(await deliver()).toMatchObject({ delayed: 1 });
    expect(stored()[0]!.outcome).toMatch(/ended with 3: no pager$/);
  });

  test('gives up a channel that was removed', async () => {
    const { deliver, stored } = firing(['pager']);

    expect(await deliver()).toMatchObject({ failed: 1 });
    expect(stored()).toMatchObject([{ outcome: 'the channel "pager" does not exist' }]);
  });
});
