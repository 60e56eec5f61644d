import { describe, expect, test } from 'vitest';
import { documentedAttribute } from '../../../src/core/documented-attributes.js';
import { viewsNamedIn } from '../../../src/query/named-views/named-views.js';
import { RENAMED_ATTRIBUTES } from '../../../src/query/named-views/renamed-attributes.js';
import { ask, createFixture } from '../fixture.js';

const span = (id: string, more: object): object => ({ type: 'trace', trace_id: '1', span_id: id, name: id, ...more });

describe('the view spans', () => {
  test('has one column for the present and the former name of an attribute', async () => {
    const fixture = createFixture(
      span('new', { 'http.request.method': 'GET', 'http.response.status_code': 200 }),
      span('old', {
        'http.method': 'PUT',
        'http.status_code': '404',
        'http.target': '/a?b=c',
        'net.transport': 'ip_tcp',
      }),
    );
    const session = await fixture.open();

    expect(
      await ask(
        session,
        `select "http.request.method", "http.method", "http.response.status_code", "http.status_code", "url.path",
          "url.query", "http.target", "network.transport" from spans order by id`,
      ),
    ).toEqual([
      ['GET', 'GET', '200', '200', null, null, null, null],
      ['PUT', 'PUT', '404', '404', '/a', 'c', '/a?b=c', 'tcp'].map(text => (text === 'c' ? 'b=c' : text)),
    ]);
    expect(await ask(session, `select count(*) from spans where "http.request.method" = 'PUT'`)).toEqual([['1']]);
  });

  test('reads the peer of a server as the client', async () => {
    const session = await createFixture(
      span('s', { kind: 'server', 'net.peer.name': 'browser', 'net.host.name': 'shop' }),
      span('c', { kind: 'client', 'net.peer.name': 'db' }),
    ).open();

    expect(await ask(session, 'select "client.address", "server.address" from spans order by id')).toEqual([
      ['browser', 'shop'],
      [null, 'db'],
    ]);
  });

  test('does not take the object around a nested attribute for its former name', async () => {
    const session = await createFixture(
      span('nested', { db: { system: { name: 'postgresql' } } }),
      span('other', { db: { system: {} } }),
    ).open();

    expect(await ask(session, 'select "db.system.name" from spans order by id')).toEqual([['postgresql'], [null]]);
  });

  test('has NULL under each name that no event has', async () => {
    const session = await createFixture(span('a', {})).open();

    for (const { name, former } of RENAMED_ATTRIBUTES) {
      for (const known of [name, ...former.map(old => old.name)]) expect(documentedAttribute(known)).toBeDefined();
    }
    expect(await ask(session, 'select "db.namespace", "db.name", "rpc.system" from spans')).toEqual([
      [null, null, null],
    ]);
  });

  test('is a plain selection in a store without former names', () => {
    const attributes = [{ name: 'http.request.method', paths: [['http.request.method']], kinds: 16 }];

    const [view] = viewsNamedIn('from spans', { attributes, objects: [] });

    expect(view).toEqual({ name: 'spans', sql: `select * from events where "type" = 'trace'` });
  });
});

describe('the view gen_ai', () => {
  const COLUMNS =
    'system, model, input_tokens, output_tokens, cost_usd, session_id, agent, duration_ms, is_error, error';

  test('has a row for each model call of the conventions, present and former', async () => {
    const call = { 'gen_ai.request.model': 'm', duration_ms: 5 };
    const session = await createFixture(
      span('new', {
        ...call,
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.operation.name': 'chat',
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.output_tokens': 4,
        'gen_ai.conversation.id': 'c',
        'gen_ai.agent.name': 'helper',
      }),
      span('old', {
        ...call,
        'gen_ai.system': 'openai',
        'gen_ai.usage.prompt_tokens': 5,
        'gen_ai.usage.completion_tokens': 6,
        'error.type': 'timeout',
      }),
      span('tool', { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 't' }),
      span('agent', { ...call, 'gen_ai.operation.name': 'invoke_agent' }),
      span('none', {}),
    ).open();

    expect(await ask(session, `select ${COLUMNS} from gen_ai order by id`)).toEqual([
      ['anthropic', 'm', '3', '4', null, 'c', 'helper', '5', 'false', null],
      ['openai', 'm', '5', '6', null, null, null, '5', 'true', 'timeout'],
    ]);
  });

  test('has a row for each model call that a coding agent logs', async () => {
    const log = (more: object): object => ({ type: 'log', severity_text: 'INFO', ...more });
    const session = await createFixture(
      log({
        body: 'claude_code.api_request',
        'event.name': 'api_request',
        model: 'c',
        input_tokens: '10',
        output_tokens: '20',
        cost_usd: '0.25',
        duration_ms: '1500',
        'session.id': 's1',
      }),
      log({ 'event.name': 'api_error', model: 'c', error: 'Overloaded', 'session.id': 's1' }),
      log({ 'event.name': 'codex.sse_event', 'event.kind': 'response.created', model: 'g' }),
      log({
        'event.name': 'codex.sse_event',
        'event.kind': 'response.completed',
        model: 'g',
        input_token_count: 1,
        output_token_count: 2,
        'conversation.id': 's2',
      }),
      log({ 'event.name': 'gemini_cli.api_response', model: 'f', input_token_count: 7, output_token_count: 8 }),
      log({ 'event.name': 'claude_code.user_prompt', 'session.id': 's1' }),
    ).open();

    expect(await ask(session, `select ${COLUMNS} from gen_ai order by id`)).toEqual([
      [null, 'c', '10', '20', '0.25', 's1', 'claude_code', '1500', 'false', null],
      [null, 'c', null, null, null, 's1', 'claude_code', null, 'true', 'Overloaded'],
      [null, 'g', '1', '2', null, 's2', 'codex', null, 'false', null],
      [null, 'f', '7', '8', null, null, 'gemini_cli', null, 'false', null],
    ]);
  });
});

describe('events of a coding agent as plain JSON', () => {
  test('have their name, session, person and tokens in each view', async () => {
    const common = { 'session.id': 's', 'organization.id': 'o', 'user.account_uuid': 'u', model: 'c' };
    const session = await createFixture(
      { ...common, 'event.name': 'claude_code.api_request', input_tokens: 5, cost_usd: 0.5 },
      { ...common, event: { name: 'api_error' }, error: 'Overloaded' },
      { 'session.id': 's', 'organization.id': 'o', 'user.account_uuid': 'u', 'event.name': 'claude_code.user_prompt' },
      { type: 'metric', 'event.name': 'claude_code.api_request', metric_name: 'n', metric_value: 1 },
    ).open();

    expect(await ask(session, 'select event_name, user_id from telemetry_events')).toEqual([
      ['claude_code.api_request', 'u'],
      ['api_error', 'u'],
      ['claude_code.user_prompt', 'u'],
    ]);
    expect(
      await ask(session, 'select session_id, actor_id, org_id, events, names, last_name is not null from sessions'),
    ).toEqual([['s', 'u', 'o', '3', '3', 'true']]);
    expect(
      await ask(session, 'select model, input_tokens, cost_usd, agent, is_error, error from gen_ai order by id'),
    ).toEqual([
      ['c', '5', '0.5', 'claude_code', 'false', null],
      ['c', null, null, 'claude_code', 'true', 'Overloaded'],
    ]);
  });
});

describe('the view sessions', () => {
  test('has a row for each combination of session, actor, device, bot and org', async () => {
    const at = (second: number): string => `2026-11-01T10:00:0${second}Z`;
    const session = await createFixture(
      { sessionId: 's', actorId: 'a', deviceId: 'd', botId: 'b', orgId: 'o', event: 'start', time: at(0) },
      { sessionId: 's', actorId: 'a', deviceId: 'd', botId: 'b', orgId: 'o', event: 'end', time: at(2) },
      { session_id: 's', user_id: 'a', level: 'error', msg: 'boom', time: at(1) },
      { event: 'other', time: at(1) },
    ).open();

    expect(
      await ask(
        session,
        `select session_id, actor_id, device_id, bot_id, org_id, events, errors, duration_ms, last_name from sessions
          order by events`,
      ),
    ).toEqual([
      ['s', 'a', null, null, null, '1', '1', '0', null],
      ['s', 'a', 'd', 'b', 'o', '2', '0', '2000', 'end'],
    ]);
  });
});
