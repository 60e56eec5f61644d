import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INFERENCE_KEYS } from '../../src/core/event-type.js';
import { LEVEL_KEYS } from '../../src/core/vocabulary.js';
import { severityNamed } from '../../src/core/severity-of.js';
import { inferredType } from '../../src/processors/validate/event-kind.js';
import { seal } from '../helpers/archive.js';
import { ask, column, createFixture, type Sent } from './fixture.js';

/** An event as a well-known program sends it, and the core columns that are not null. */
const SENDERS: readonly (readonly [sender: string, event: Sent, columns: Readonly<Record<string, string>>])[] = [
  [
    'pino',
    { level: 50, time: 1767323045678, msg: 'no', name: 'api' },
    { severity: 'ERROR', message: 'no', name: 'api' },
  ],
  ['pino with a custom level', { level: 35, time: 1767323045678, msg: 'm' }, { severity: 'INFO', message: 'm' }],
  ['pino with a custom level above fatal', { level: 61, msg: 'm' }, { severity: 'FATAL', message: 'm' }],
  ['bunyan', { level: 60, msg: 'over', v: 0 }, { severity: 'FATAL', message: 'over' }],
  ['Python', { levelname: 'WARNING', levelno: 30, message: 'slow' }, { severity: 'WARN', message: 'slow' }],
  ['Python without names', { levelno: 30, message: 'slow' }, { severity: 'WARN', message: 'slow' }],
  ['Python with a level between two', { levelno: 25, message: 'm' }, { severity: 'INFO', message: 'm' }],
  ['Monolog', { level: 250, level_name: 'NOTICE', message: 'm' }, { severity: 'INFO', message: 'm' }],
  [
    'PostgreSQL',
    { timestamp: '2026-01-02 03:04:05.678 UTC', error_severity: 'LOG', message: 'm' },
    { severity: 'INFO', message: 'm' },
  ],
  ['PostgreSQL of a debug level', { error_severity: 'DEBUG5', message: 'm' }, { severity: 'DEBUG', message: 'm' }],
  [
    'MongoDB',
    { t: { $date: '2026-01-02T03:04:05.678+00:00' }, s: 'D2', c: 'NETWORK', id: 22943, msg: 'm' },
    { severity: 'DEBUG', message: 'm' },
  ],
  ['an s that is no severity', { t: '2026-01-02T03:04:05Z', s: 'E', msg: 'm' }, { message: 'm' }],
  ['winston with colours', { level: '\u001b[32minfo\u001b[39m', message: 'm' }, { severity: 'INFO', message: 'm' }],
  ['log15', { lvl: 'dbug', msg: 'm' }, { severity: 'DEBUG', message: 'm' }],
  ['CLEF', { '@t': '2026-01-02T03:04:05Z', '@mt': 'at {P}' }, { severity: 'INFO', message: 'at {P}' }],
  ['CLEF of a level', { '@t': '2026-01-02T03:04:05Z', '@m': 'x', '@l': 'Fatal' }, { severity: 'FATAL', message: 'x' }],
  ['CLEF of an unknown level', { '@t': '2026-01-02T03:04:05Z', '@m': 'x', '@l': 'Odd' }, { message: 'x' }],
  [
    'journald',
    { __REALTIME_TIMESTAMP: '1767323045678901', PRIORITY: '3', SYSLOG_IDENTIFIER: 'sshd', MESSAGE: 'no' },
    { severity: 'ERROR', message: 'no', service: 'sshd' },
  ],
  ['GELF', { version: '1.1', short_message: 'm', level: 4 }, { severity: 'WARN', message: 'm' }],
  [
    'ECS',
    { log: { level: 'error' }, message: 'm', service: { name: 'shop' }, trace: { id: 'ab' }, span: { id: 'cd' } },
    { severity: 'ERROR', message: 'm', service: 'shop', trace_id: 'ab', span_id: 'cd' },
  ],
  [
    'Datadog',
    { level: 'warn', message: 'm', dd: { trace_id: '12', span_id: '34', service: 'web' } },
    { severity: 'WARN', message: 'm', service: 'web', trace_id: '12', span_id: '34' },
  ],
  [
    'an OpenTelemetry log',
    { severity_number: 17, severity_text: 'E', body: 'm', trace_id: 'ab', span_id: '00', service_name: 's' },
    { severity: 'ERROR', message: 'm', service: 's', trace_id: 'ab' },
  ],
  [
    'an OpenTelemetry span',
    { trace_id: 'ab', span_id: 'cd', parent_span_id: '', duration_ms: 1.5, name: 'GET /', service_name: 's' },
    { service: 's', trace_id: 'ab', span_id: 'cd', duration_ms: '1.5', name: 'GET /' },
  ],
  [
    'OTLP in JSON',
    { traceId: 'ab', spanId: 'cd', startTimeUnixNano: '1767323045000000001', endTimeUnixNano: '1767323045001500001' },
    { trace_id: 'ab', span_id: 'cd', duration_ms: '1.5' },
  ],
  [
    'structlog',
    { event: 'login failed', level: 'error' },
    { name: 'login failed', severity: 'ERROR', message: 'login failed' },
  ],
  ['an event with a name and no level', { event: 'login' }, { name: 'login' }],
  ['a game', { event: 'level_up', level: 5 }, { name: 'level_up' }],
  ['an exam', { event: 'passed', level: 'hard' }, { name: 'passed' }],
  [
    'hclog',
    { '@level': 'warn', '@message': 'm', '@timestamp': '2026-01-02T03:04:05Z' },
    { severity: 'WARN', message: 'm' },
  ],
  ['Serilog', { Level: 'Error', RenderedMessage: 'm', Timestamp: '2026-01-02' }, { severity: 'ERROR', message: 'm' }],
  [
    'OpenTelemetry in Python',
    { otelServiceName: 'shop', message: 'm', levelname: 'INFO' },
    { service: 'shop', severity: 'INFO', message: 'm' },
  ],
  ['Kubernetes', { k8s: { container: { name: 'web' } } }, { service: 'web' }],
  ['a key without a text', { service: '', app: 'shop', msg: '', message: 'm' }, { service: 'shop', message: 'm' }],
  ['an empty text alone', { service: '', msg: '' }, { service: '', message: '' }],
  [
    'an empty message and an event',
    { msg: '', event: 'e', level: 'info' },
    { severity: 'INFO', message: 'e', name: 'e' },
  ],
  ['a duration in sec', { duration_sec: 0.25 }, { duration_ms: '250' }],
  ['a date of eight digits', { time: '20251120', n: 1 }, {}],
  ['tracing of Rust', { level: 'INFO', fields: { message: 'm' } }, { severity: 'INFO', message: 'm' }],
  ['docker', { log: 'line', stream: 'stdout', container: 'web' }, { message: 'line', service: 'web' }],
  [
    'syslog',
    { severity: 'crit', level: 'FATAL', msg: 'm', app: 'cron' },
    { severity: 'FATAL', message: 'm', service: 'cron' },
  ],
  ['Google Cloud', { severity: 'NOTICE', message: 'm' }, { severity: 'INFO', message: 'm' }],
  ['a text', '"a line"', { message: 'a line' }],
  ['a binary message', { sent: '"aGk="', encoding: 'base64' }, {}],
  ['durations with a unit', { 'event.duration': 2_500_000 }, { duration_ms: '2.5' }],
  ['a duration in seconds', { duration_seconds: 0.25 }, { duration_ms: '250' }],
  ['a duration without a unit', { duration: 3 }, {}],
  ['a start and an end', { start: '2026-01-02T03:04:05Z', end: '2026-01-02T03:04:06.5Z' }, { duration_ms: '1500' }],
  ['objects and arrays', { message: { a: 1 }, service: ['x'], level: {} }, {}],
  ['numbers outside their tables', { level: 9, severity_number: 25, levelno: 0 }, {}],
];

const COLUMNS = ['name', 'severity', 'message', 'service', 'trace_id', 'span_id', 'parent_span_id', 'duration_ms'];
const SQL = `select ${COLUMNS.join(', ')} from events order by id`;

const rowOf = (columns: Readonly<Record<string, string>>): (string | null)[] =>
  COLUMNS.map(name => columns[name] ?? null);

describe('core columns', () => {
  test.each(SENDERS)('of %s are found', async (_, event, columns) => {
    expect(await ask(await createFixture(event).open(), SQL)).toEqual([rowOf(columns)]);
  });

  test.each(['parquet', 'ndjson', 'csv', 'duckdb'])('are the same in an archive of the kind %s', async kind => {
    const fixture = createFixture(...SENDERS.map(([, event]) => event));
    const before = await ask(await fixture.open(), 'select time, type, * from events order by id');
    await seal(fixture.dir, Number.MAX_SAFE_INTEGER, kind);

    const session = await fixture.open();

    expect(await ask(session, SQL)).toEqual(SENDERS.map(([, , columns]) => rowOf(columns)));
    expect(await ask(session, 'select time, type, * from events order by id')).toEqual(before);
  });

  test.each([
    ['WARNING', 'WARN'],
    ['warn3', 'WARN'],
    [' Err ', 'ERROR'],
    ['crit', 'FATAL'],
    ['notice', 'INFO'],
    ['Information', 'INFO'],
    ['finest', 'TRACE'],
    ['emerg', 'FATAL'],
    ['[ERROR]', 'ERROR'],
    ['LOG_WARNING', 'WARN'],
    ['SEVERITY_NUMBER_ERROR', 'ERROR'],
    ['SEVERITY_NUMBER_WARN2', 'WARN'],
    ['http', 'DEBUG'],
    ['silly', 'TRACE'],
    ['verbose', 'TRACE'],
    ['E', 'ERROR'],
    ['w', 'WARN'],
    ['I', 'INFO'],
    ['D', 'DEBUG'],
    ['V', 'TRACE'],
    ['F', 'FATAL'],
    ['ERROR+4', 'FATAL'],
    ['ERROR+2', 'ERROR'],
    ['WARN+1', 'WARN'],
    ['INFO-1', 'DEBUG'],
    ['info+3', 'INFO'],
    ['DEBUG-4', 'TRACE'],
    ['DEBUG-100', 'TRACE'],
    ['INFO+', null],
    ['Error: x', null],
    ['99', null],
    ['loud', null],
    ['', null],
  ])('take the severity text %j for %s, whatever key it is at', async (text, severity) => {
    const events = LEVEL_KEYS.filter(key => !key.includes('.')).map(key => ({ [key]: text }));
    const found = await column(await createFixture(...events).open(), 'select severity from events');
    expect(new Set(found)).toEqual(new Set([severity]));
    expect(severityNamed(text) ?? null).toBe(severity);
  });

  test('are read by name from the payload where an event has a key of that name', async () => {
    const session = await createFixture({ severity: 'err', message: 7, Type: 'greeting', Name: 'Bob' }).open();
    const sql = `select severity, payload ->> 'severity', message, type, name from events`;
    expect(await ask(session, sql)).toEqual([['ERROR', 'err', '7', 'greeting', 'Bob']]);
  });

  test.each(['trace_id', 'message', 'service', 'severity'])(
    'are found under their own name, %s, in a file where few events have it',
    async name => {
      const value = name === 'severity' ? 'ERROR' : 'ab';
      const events = Array.from({ length: 3000 }, (_, i) => (i === 1500 ? { n: i, [name]: value } : { n: i }));
      const fixture = createFixture(...events);
      await seal(fixture.dir);

      expect(await column(await fixture.open(), `select ${name} from events where ${name} is not null`)).toEqual([
        value,
      ]);
    },
  );

  test('are there without being named in the statement', async () => {
    const session = await createFixture({ level: 'info', msg: 'hi' }).open();
    expect(await column(session, 'select e.e.severity from (select e from events e) e')).toEqual(['INFO']);
    expect(await column(session, `select struct_extract(e, 'mess' || 'age') from events e`)).toEqual(['hi']);
  });

  test('lead to the views logs, spans and metrics', async () => {
    const session = await createFixture(
      { level: 'info', msg: 'hi' },
      { span_id: 'a', duration_ms: 2 },
      { metric_name: 'cpu', metric_value: 1 },
    ).open();
    expect(await column(session, 'select message from logs')).toEqual(['hi']);
    expect(await column(session, 'select duration_ms from spans')).toEqual(['2']);
    expect(await column(session, 'select name from METRICS')).toEqual(['cpu']);
  });
});

describe('the type of an event that names none', () => {
  test.each([
    [{ level: 'info', msg: 'm', trace_id: 'a', span_id: 'b' }, 'log'],
    [{ level: 30, msg: 'm', span_id: 'b', duration_ms: 4 }, 'log'],
    [{ message: 'm', span_id: 'b' }, 'log'],
    [{ message: 'm', span_id: 'b', duration: 4 }, 'trace'],
    [{ level: 'info', msg: 'm', span_id: 'b', start_time: 1, end_time: 2 }, 'trace'],
    [{ span_id: 'b' }, 'trace'],
    [{ '@t': 'x', '@mt': 'm' }, 'log'],
    [{ __REALTIME_TIMESTAMP: '1', MESSAGE: 'm' }, 'log'],
    [{ t: { $date: '2026-01-02T03:04:05Z' }, s: 'I', msg: 'm' }, 'log'],
    [{ priority: 1, message: 'm' }, 'event'],
    [{ event: 'level_up', level: 5 }, 'event'],
    [{ event: 'passed', level: 'hard', levelno: null }, 'event'],
    [{ event: 'failed', level: 'hard', severity: 'err' }, 'log'],
    [{ event: 'started', level: 30, span_id: 'b' }, 'log'],
    [{ event: 'level_up', level: 5, span_id: 'b' }, 'trace'],
  ])('of %j is %s', async (event, type) => {
    expect(await column(await createFixture(event).open(), 'select type from events')).toEqual([type]);
  });

  test('is the same in SQL and in the gates of the receiver', async () => {
    const keys = [...new Set(INFERENCE_KEYS.map(key => key.toLowerCase()))].filter(key => !key.includes('.'));
    const event = fc
      .uniqueArray(fc.constantFrom(...keys), { maxLength: 6 })
      .chain(names =>
        fc.tuple(...names.map(name => fc.tuple(fc.constant(name), fc.constantFrom('1', 'info', 5, 30, null, [], {})))),
      )
      .map(entries => Object.fromEntries(entries) as object);
    const events = fc.sample(event, 400);
    const session = await createFixture(...events).open();
    expect(await column(session, 'select type from events order by id')).toEqual(events.map(inferredType));
  });
});

describe('attributes that the documentation names', () => {
  test('are NULL columns of their type before an event has them', async () => {
    const session = await createFixture().open();
    const result = await session.query('select level, "http.route", metric_value, e.exit_code from events e');
    expect(result.columns.map(({ type }) => type)).toEqual(['VARCHAR', 'VARCHAR', 'DOUBLE', 'BIGINT']);
  });

  test('give way to what events have', async () => {
    const fixture = createFixture({ a: 1 });
    const session = await fixture.open();
    expect(await column(session, 'select rate from events')).toEqual([null]);
    fixture.add({ rate: 'high' });
    expect(await column(session, 'select rate from events order by id')).toEqual([null, 'high']);
  });

  test('do not hide a mistake', async () => {
    const session = await createFixture({ level: 'INFO' }).open();
    await expect(session.query('select levle from events')).rejects.toMatchObject({ kind: 'sql' });
  });
});
