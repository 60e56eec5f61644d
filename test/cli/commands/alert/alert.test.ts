import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { openTestJournal } from '../../../helpers/journal.js';
import { temporaryStore } from '../../../helpers/store.js';
import type { Finished } from '../../command.js';

/** A store, and the commands on its alerts. */
function alerts() {
  const cwd = temporaryStore();
  const store = join(cwd, 'store');
  return {
    store,
    cwd,
    alert: (...args: readonly string[]): Promise<Finished> =>
      commandInProcess(['--store', store, 'alert', ...args], {
        cwd,
        env: { HOOK: 'slack:https://hooks.slack.com/services/T/B/secret' },
      }),
    json: async (...args: readonly string[]): Promise<unknown> => {
      const { out } = await commandInProcess(['--store', store, ...args, '--format', 'json'], { cwd });
      return JSON.parse(out) as unknown;
    },
    file: (name: string, text: string): string => {
      writeFileSync(join(cwd, name), text);
      return name;
    },
    addErrors: (count: number, at?: number): void => {
      const journal = openTestJournal(store);
      journal.append(
        Array.from({ length: count }, () => ({ level: 'error', service: 'api' })),
        at,
      );
      journal.close();
    },
  };
}

const EVENT = ['--event', `severity = 'ERROR'`, '--more-than', '2', '--group-by', 'service'];

const CLASSIC = [
  {
    rule_name: 'High CPU Usage',
    rule_type: 'metric_threshold',
    source_type: 'system_metric',
    condition_config: { metric: 'cpu_usage', operator: '>', threshold: 80, time_window_minutes: 5 },
    severity: 'warning',
    notification_channels: ['email', 'slack'],
    notification_config: { email: ['ops-team@company.com'], slack: { channel: '#alerts' } },
    license_id: 'lic-1',
  },
  {
    rule_name: 'High Error Rate',
    rule_type: 'event_frequency',
    source_type: 'telemetry_event',
    condition_config: { event_type: 'error_event', threshold: 10, time_window_minutes: 5 },
    severity: 'error',
    license_id: 'lic-1',
  },
  {
    rule_name: 'Slow Response Times',
    rule_type: 'metric_threshold',
    source_type: 'system_metric',
    condition_config: { metric: 'response_time', operator: '>', threshold: 1000, aggregation: 'p95' },
    severity: 'WARNING',
    license_id: 'lic-1',
  },
];

describe('telemetry alert', () => {
  test('takes a rule from its creation to the end of an alert', async () => {
    const { alert, addErrors, json } = alerts();
    await alert('create', 'errors', ...EVENT);
    addErrors(4);

    const fired = await alert('evaluate', '--format', 'table');
    await alert('ack', 'errors', '--by', 'ann', '--note', 'looking', '--label', 'impact=high');
    await alert('assign', '1', 'bob', '--by', 'ann');
    const shown = JSON.parse((await alert('show', 'errors')).out) as Record<string, unknown[]>;
    await alert('resolve', '1', '--by', 'bob');

    expect(fired.out).toBe('errors: firing\n  alert 1 (service=api): firing\n');
    expect(shown.alerts).toMatchObject([
      { status: 'acknowledged', assignee: 'bob', note: 'looking', labels: { impact: 'high' }, value: 4 },
    ]);
    expect(shown.history!.map(entry => (entry as { change: string }).change)).toEqual([
      'firing',
      'acknowledged',
      'assigned to bob',
    ]);
    expect(
      await json(
        'query',
        'select r.state, a.status, a.resolved_by from alert_rules r join alerts a on a.rule = r.name',
      ),
    ).toEqual([{ state: 'inactive', status: 'resolved', resolved_by: 'bob' }]);
  });

  test('refuses what does not fit, and says what does', async () => {
    const { alert } = alerts();
    await alert('create', 'errors', ...EVENT);
    const errors: string[] = [];
    for (const args of [
      ['create', 'errors', ...EVENT],
      ['create', 'events', ...EVENT],
      ['create', 'both', ...EVENT, '--metric', 'cpu'],
      ['create', 'none'],
      ['create', 'sql', '--when', 'select nothing from nowhere'],
      ['create', 'private', ...EVENT, '--notify', 'webhook:http://10.0.0.1/x'],
      ['create', 'unknown', ...EVENT, '--notify', 'pager'],
      ['ack', 'errors'],
      ['ack', '99'],
      ['show', 'nothing'],
      ['list', '--above', '3'],
    ]) {
      const { code, err } = await alert(...args);
      errors.push(`${code} ${err.split('\n', 1)[0]!}`);
    }

    expect(errors).toEqual([
      '1 telemetry: there is an alert "errors" already',
      '2 telemetry: "events" is the name of a built-in table',
      '2 telemetry: the alert rule "both" has both metric and event',
      '2 telemetry: the alert rule "none" has no condition',
      expect.stringMatching(/^4 telemetry: the alert rule "sql": .*nowhere/),
      '2 telemetry: the alert rule "private": 10.0.0.1 is a loopback or private address',
      '2 telemetry: the alert rule "unknown": the channel "pager" does not exist',
      '1 telemetry: no alert of errors is firing',
      '1 telemetry: alert 99 does not exist',
      '1 telemetry: no alert has the name "nothing"',
      '2 telemetry: --above is not for `telemetry alert list`',
    ]);
  });

  test('takes attributes that no event has had yet as NULL in conditions', async () => {
    const { alert, addErrors, json } = alerts();
    const { code, err } = await alert(
      ...['create', 'failed', '--event', `level = 'error' and coalesce(code, 0) < 5`, '--group-by', 'region'],
    );
    expect(code).toBe(0);
    expect(err).toBe(
      ['code', 'region']
        .map(name => `warning: failed: no event has "${name}" yet; it is NULL until one does\n`)
        .join(''),
    );
    addErrors(1);
    expect((await alert('evaluate')).code).toBe(0);
    expect(await json('query', 'select state from alert_rules')).toEqual([{ state: 'firing' }]);

    const sql = await alert('create', 'sql', '--when', 'select code from events');
    expect(sql.code).toBe(4);
  });

  test('names --replace for a rule whose name differs by case', async () => {
    const { alert, json } = alerts();
    await alert('create', 'errors', ...EVENT);

    const { code, err } = await alert('create', 'ERRORS', ...EVENT);
    const replaced = await alert('create', 'ERRORS', ...EVENT, '--severity', 'critical', '--replace');

    expect([code, err]).toEqual([
      1,
      'telemetry: there is an alert "errors" already\nChoose another name, or give --replace.\n',
    ]);
    expect(replaced.code).toBe(0);
    expect(await json('query', 'select name, severity from alert_rules')).toEqual([
      { name: 'errors', severity: 'critical' },
    ]);
  });

  test.each([
    ['a condition that leaves its parentheses', ['--event', 'true) or (true'], /event: Parser Error/],
    ['two conditions', ['--event', 'true, false'], /event is more than one condition/],
    ['a further condition of that kind', [...EVENT, '--where', 'true) or (true'], /where: Parser Error/],
    ['a value in the place of a condition', ['--event', 'message'], /event is not a condition but a value of type/],
    ['a parameter', ['--when', 'select $limit'], /the SQL has the parameter \$limit, which has no value/],
    ['a group of --when that is no column', ['--when', 'select 1 as n', '--group-by', 'host'], /no column .*host/],
  ])('refuses %s, also in a file', async (_, args, problem) => {
    const { alert, addErrors, file } = alerts();
    addErrors(1);
    const fields = Object.fromEntries(
      Array.from({ length: args.length / 2 }, (_, i) => [args[2 * i]!.slice(2).replaceAll('-', '_'), args[2 * i + 1]]),
    );

    const created = await alert('create', 'wrong', ...args);
    const checked = await alert('check', file('wrong.json', JSON.stringify({ name: 'wrong', ...fields })));

    expect([created.code, created.err]).toEqual([4, expect.stringMatching(problem)]);
    expect([checked.code, checked.out]).toEqual([1, expect.stringMatching(problem)]);
    expect((await alert('list')).out).toBe('[]\n');
  });

  test.each([
    ['JSON', '{"name": "a", "event": "true", "more_than": 1, "more_than": 2}'],
    ['YAML', 'name: a\nevent: "true"\nmore_than: 1\nmore_than: 2\n'],
  ])('refuses a key that a rule in %s has twice', async (_, text) => {
    const { alert, file } = alerts();

    const { code, err } = await alert('import', file('rules', text));

    expect([code, err]).toEqual([2, expect.stringMatching(/an object has a key twice: .* at line \d/)]);
  });

  test('notes on the last alert of a rule without an open one', async () => {
    const { alert, addErrors, json } = alerts();
    await alert('create', 'errors', ...EVENT);
    const early = await alert('note', 'errors', 'too early');
    addErrors(4);
    await alert('evaluate');
    await alert('resolve', 'errors');

    const late = await alert('note', 'errors', 'a deploy', '--label', 'cause=deploy');
    const again = await alert('resolve', 'errors');

    expect([early.code, early.err]).toEqual([1, expect.stringContaining('no alert of errors is there yet')]);
    expect(late.code).toBe(0);
    expect(again.err).toContain('no alert of errors is firing: it is resolved');
    expect(await json('query', 'select status, note, labels from alerts')).toEqual([
      { status: 'resolved', note: 'a deploy', labels: { cause: 'deploy' } },
    ]);
  });

  test('delivers the end of an alert once its rule is unmuted', async () => {
    const { alert, addErrors, json } = alerts();
    addErrors(4);
    await alert('create', 'errors', ...EVENT, '--notify', `exec:["${process.execPath}", "-e", ""]`);
    await alert('evaluate');
    await alert('mute', 'errors');
    await alert('resolve', 'errors');
    const explained = await alert('explain', 'errors');
    await alert('unmute', 'errors');
    await alert('evaluate', '--no-send');

    expect(explained.out).toContain('alert 1 (service=api) is resolved; the notification of that is held back: muted');
    expect(await json('query', 'select alert_id, reason, status from alert_notifications order by id')).toEqual([
      { alert_id: 1, reason: 'firing', status: 'sent' },
      { alert_id: 1, reason: 'resolved', status: 'held' },
      { alert_id: 1, reason: 'resolved', status: 'waiting' },
      { alert_id: 2, reason: 'firing', status: 'waiting' },
    ]);
  });

  test('explains why a rule does not fire', async () => {
    const { alert, addErrors } = alerts();
    const why = async (name: string): Promise<string[]> =>
      (JSON.parse((await alert('explain', name)).out) as { reasons: string[] }).reasons;
    await alert('create', 'errors', '--event', 'true', '--more-than', '10', '--for', '1h');
    await alert('create', 'rows', '--when', `select * from events where name = 'x'`);
    addErrors(4);
    await alert('evaluate');
    await alert('mute', 'errors', '--until', '2h');
    const quiet = await why('errors');
    addErrors(7);
    await alert('evaluate');

    expect(quiet).toEqual([
      'the value is 4 of 10: not > 10',
      expect.stringMatching(/^muted until .*: no notification is sent$/),
      'the rule names no channel: no notification is sent',
    ]);
    expect(await why('rows')).toContain('the query returns no rows');
    expect((await why('errors'))[0]).toMatch(/^alert 1 is pending: it has violated the rule for \d+s of 1h$/);
  });

  test('prints no secret of a setting that is wrong', async () => {
    const { alert, file } = alerts();
    const wrong = [
      'https://hooks.slack.com/secret',
      'Slack:https://hooks.slack.com/secret',
      'slack:secret',
      'webhook:ftp://example.com/secret',
      'telegram:secret',
      'exec:notify "--token=secret',
    ];

    const printed = [];
    for (const setting of wrong) {
      printed.push(await alert('create', 'errors', ...EVENT, '--notify', setting));
      printed.push(await alert('channel', 'set', 'ops', setting));
    }
    printed.push(await alert('create', 'errors', ...EVENT, '--escalate', wrong[0]!));
    printed.push(await alert('channel', 'set', 'smtp', 'smtp://ann:secret/x@example.com'));
    printed.push(await alert('channel', 'set', 'smtp', 'smtp://ann:secret@example.com?form=ann@example.com'));
    const rules = [{ name: 'a', event: 'true', notify: [{ url: 'https://example.com/secret' }] }];
    printed.push(await alert('check', file('rules.json', JSON.stringify(rules))));

    expect(printed.filter(({ out, err }) => `${out}${err}`.includes('secret'))).toEqual([]);
    expect(printed.filter(({ code }) => code === 0)).toEqual([]);
  });

  test('keeps the secrets of URLs with an @ in their password', async () => {
    const { alert } = alerts();

    const web = await alert('channel', 'set', 'ops', 'webhook:https://ann:p@secret@example.com/x');
    const mail = await alert('channel', 'set', 'smtp', 'smtp://ann:p@secret@example.com');

    expect(JSON.parse(web.out)).toMatchObject({ setting: 'webhook:https://example.com/***' });
    expect(mail.out).not.toContain('secret');
  });

  test('refuses a classic rule with conditions that it would leave out', async () => {
    const { alert, file } = alerts();
    const [, rule] = CLASSIC;
    const config = { ...rule!.condition_config, event_name: 'login' };

    const extra = await alert('check', file('a.json', JSON.stringify({ ...rule, condition_config: config })));
    const text = await alert('check', file('b.json', JSON.stringify({ ...rule, notification_channels: 'ops' })));

    expect(extra.err).toContain('unknown key event_name in condition_config');
    expect(text.err).toContain('notification_channels that are not a list');
    expect([extra.code, text.code]).toEqual([1, 1]);
  });

  test('imports YAML with merge keys', async () => {
    const { alert, file } = alerts();

    await alert('import', file('a.yaml', '- &a { name: one, when: select 1, for: 2m }\n- { <<: *a, name: two }\n'));

    expect((await alert('export')).out.match(/for: 2m/g)).toHaveLength(2);
  });

  test('refuses an end in the past', async () => {
    const { alert } = alerts();

    const { code, err } = await alert('ack', 'errors', '--until', 'yesterday');

    expect([code, err]).toEqual([2, expect.stringContaining('is in the past')]);
  });

  test('prints no secret of a channel, and exports rules that can be imported', async () => {
    const { alert, json, file } = alerts();
    const secret = 'slack:https://hooks.slack.com/services/T/B/secret';
    await alert('channel', 'set', 'ops', secret);
    await alert('create', 'errors', ...EVENT, '--notify', secret, '--escalate', `15m=${secret}`);
    const printed = [
      (await alert('list')).out,
      (await alert('show', 'errors')).out,
      (await alert('channel', 'list')).out,
      (await alert('export')).out,
      JSON.stringify(await json('query', 'from alert_rules')),
    ];
    const exported = (await alert('export', '--show-secrets')).out;
    await alert('rm', 'errors');
    const imported = await alert('import', file('rules.yaml', exported));

    expect(printed.filter(text => text.includes('secret'))).toEqual([]);
    expect(printed.filter(text => text.includes('https://hooks.slack.com/***')).length).toBe(5);
    expect(JSON.parse(imported.out)).toEqual({ created: ['errors'], replaced: [] });
    expect((await alert('export', '--show-secrets')).out).toBe(exported);
  });

  test('imports classic rules as they stand, all or none', async () => {
    const { alert, file, json } = alerts();
    const name = file('classic.json', JSON.stringify(CLASSIC));
    const before = await alert('import', name);
    await alert('channel', 'set', 'smtp', 'smtp://localhost');
    await alert('channel', 'set', 'slack', 'slack:https://hooks.slack.com/services/T/B/x');
    const checked = await alert('check', name);
    await alert('import', name);

    expect(before).toMatchObject({ code: 2, err: expect.stringContaining('nothing was imported') as string });
    expect(checked).toMatchObject({ code: 0, out: '[]\n' });
    expect(
      await json('query', `select name, severity, definition ->> '$.labels.license_id' as license from alert_rules`),
    ).toEqual([
      { name: 'High CPU Usage', severity: 'warning', license: 'lic-1' },
      { name: 'High Error Rate', severity: 'error', license: 'lic-1' },
      { name: 'Slow Response Times', severity: 'warning', license: 'lic-1' },
    ]);
    expect(
      (JSON.parse((await alert('list')).out) as { condition: string; notify: string[] }[]).map(
        ({ condition, notify }) => [condition, notify],
      ),
    ).toEqual([
      ['avg(cpu_usage) > 80 over 5m', ['email:ops-team@company.com', 'slack:#alerts']],
      ["more than 10 of type = 'error_event' in 5m", []],
      ['p95(response_time) > 1000 over 5m', []],
    ]);
  });

  test('checks files: SQL, channels, commands and variables', async () => {
    const { alert, file } = alerts();
    const exec = file('exec.yaml', 'name: e\nevent: "true"\nnotify: ["exec:/bin/true"]\n');
    const wrong = file(
      'wrong.yaml',
      'rules: [{name: w, when: select x from nowhere, notify: [pager], escalate: {15m: pager}}]',
    );
    const variable = file('variable.yaml', 'name: v\nevent: "true"\nnotify: ["${HOOK}"]\n');

    expect(await alert('check', exec)).toMatchObject({
      code: 1,
      err: expect.stringContaining('runs a command') as string,
    });
    expect((await alert('check', exec, '--allow-exec')).code).toBe(0);
    expect(await alert('check', wrong)).toMatchObject({
      code: 1,
      err: 'telemetry: 1 rule in wrong.yaml: 2 problems\n',
    });
    expect((await alert('import', variable)).code).toBe(0);
  });

  test('tests rules with events of a file, and shows differences', async () => {
    const { alert, file } = alerts();
    file(
      'rules.yaml',
      'rules:\n  - {name: errors, event: "severity = \'ERROR\'", more_than: 10, every: 30s, for: 1m, group_by: service, notify: [ops]}\n',
    );
    const text = (status: string): string => `
rule_files: rules.yaml
tests:
  - name: fires after a minute
    events: [{at: 10s, repeat: 11, every: 1s, event: {level: error, service: api}}]
    do: [{at: 100s, ack: errors, until: 4m}]
    expect:
      - {at: 30s, rule: errors, alerts: [{status: pending, group: {service: api}}]}
      - {at: 90s, rule: errors, alerts: [{status: ${status}, value: 11}], notifications: [{at: 90s, channel: ops, reason: firing}]}
      - {at: 2m, rule: errors, state: acknowledged}
      - {at: 4m, rule: errors, state: firing, notifications: [{reason: acknowledgement expired}]}
      - {at: 6m, rule: errors, alerts: [], notifications: [{reason: resolved}]}
`;
    const passed = await alert('test', file('passes.yaml', text('firing')), '--format', 'table');
    const failed = await alert('test', file('fails.yaml', text('pending')), '--format', 'table');

    expect(passed).toMatchObject({ code: 0, out: 'ok  fires after a minute\n' });
    expect(failed).toMatchObject({ code: 1, err: 'telemetry: 1 of 1 test failed\n' });
    expect(failed.out).toContain('at 1m30s, errors: alerts (- expected, + actual)');
    expect(failed.out).toContain('    -     "status": "pending",\n    +     "status": "firing",\n');
  });

  test('shows the error of a rule whose evaluation fails in a test', async () => {
    const { alert, file } = alerts();
    const name = file(
      'tests.yaml',
      'rules: [{name: broken, when: select x from nowhere}]\ntests: [{expect: [{at: 1m, rule: broken, state: firing}]}]\n',
    );

    const text = await alert('test', name, '--format', 'table');
    const [result] = JSON.parse((await alert('test', name)).out) as { failures: { error: string }[] }[];

    expect(text.out).toContain('    + "error"\n    its evaluation fails: Catalog Error: Table with name nowhere');
    expect(result!.failures[0]!.error).toContain('Table with name nowhere');
  });

  test.each([
    ['leaves its parentheses', 'true) or (true', 'the alert rule "open": event: Parser Error'],
    ['has a parameter', 'id > $least', 'the alert rule "open": the SQL has the parameter $least'],
  ])('refuses a condition in a tested rule that %s', async (_, event, problem) => {
    const { alert, file } = alerts();
    const tests = [{ expect: [{ at: '1m', rule: 'open', state: 'inactive' }] }];
    const rules = [{ name: 'open', event }];

    const { code, err } = await alert('test', file('tests.json', JSON.stringify({ rules, tests })));

    expect([code, err]).toEqual([4, expect.stringContaining(problem)]);
  });

  test('counts missing data and errors of a replay apart from fires', async () => {
    const { alert, addErrors } = alerts();
    const start = Date.UTC(2026, 0, 1);
    addErrors(4, start + 90_000);
    const range = ['--since', '2026-01-01', '--until', '2026-01-01T00:05:00Z', '--format', 'table'];
    await alert('create', 'gap', '--when', 'select null::double', '--above', '1');
    await alert('create', 'broken', '--when', `select error('no luck'), id from events`);
    const replays = [await alert('replay', 'gap', ...range), await alert('replay', 'broken', ...range)];

    const [gap = '', broken = ''] = replays.map(({ out }) => out);
    expect(gap).toMatch(/│ no data │[^]*gap would have fired 0 times between .*\nit had no data 1 time\n$/);
    expect(broken).toMatch(
      /│ error {2}│[^]*broken would have fired 0 times between .*\nits evaluation failed 1 time: .*no luck\n$/,
    );
  });

  test('replays a rule over stored history', async () => {
    const { alert, addErrors } = alerts();
    await alert('create', 'errors', ...EVENT, '--every', '1m');
    const start = Date.UTC(2026, 0, 1);
    addErrors(4, start + 90_000);
    const replayed = await alert('replay', 'errors', '--since', '2026-01-01', '--until', '2026-01-01T01:00:00Z');

    expect(
      (JSON.parse(replayed.out) as { at: string; change: string }[]).map(({ at, change }) => `${at} ${change}`),
    ).toEqual(['2026-01-01T00:02:00.000Z firing', '2026-01-01T00:07:00.000Z resolved']);
    expect((JSON.parse((await alert('show', 'errors')).out) as { alerts: unknown[] }).alerts).toEqual([]);
  });
});
