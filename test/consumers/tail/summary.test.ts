import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../../../src/consumers/tail/fields.js';
import { summarize } from '../../../src/consumers/tail/summary.js';

describe('fieldsOf', () => {
  test('shows leaves of nested values with dotted keys and as they were sent', () => {
    const payload = `{"a":{"b":1,"c":{}},"list":[1,{"x":"y"},"\\"",null],"s":"x y","t":true,"n":null,"e":{"":1}}`;
    expect(fieldsOf(payload)).toEqual([
      ['a.b', '1'],
      ['a.c', '{}'],
      ['list', '[1,{"x":"y"},"\\"",null]'],
      ['s', 'x y'],
      ['t', 'true'],
      ['n', 'null'],
      ['e.', '1'],
    ]);
  });

  test('given numbers that JavaScript cannot hold, then every digit is kept', () => {
    const payload = `{"id":12345678901234567890,"one":1.0,"huge":1e400,"list":[9007199254740993],"text":"12 \\"1.0\\" 3"}`;
    expect(fieldsOf(payload)).toEqual([
      ['id', '12345678901234567890'],
      ['one', '1.0'],
      ['huge', '1e400'],
      ['list', '[9007199254740993]'],
      ['text', '12 "1.0" 3'],
    ]);
  });

  test('given any flat object of strings, then its entries come back', () => {
    const key = fc.string({ minLength: 1 }).filter(text => text !== '__proto__' && !/^\d+$/.test(text));
    fc.assert(
      fc.property(
        fc.dictionary(
          key,
          fc.string().filter(text => !text.startsWith('\u0000')),
        ),
        object => {
          expect(fieldsOf(JSON.stringify(object))).toEqual(Object.entries(object));
        },
      ),
    );
  });

  test.each([
    ['"hello"', 'hello'],
    ['12.50', '12.50'],
    ['[1,2]', '[1,2]'],
    ['null', 'null'],
  ])('given %s, which is no object, then it is one field without a key', (payload, value) => {
    expect(fieldsOf(payload)).toEqual([['', value]]);
  });

  test('given the key __proto__, then it is a field like any other', () => {
    expect(fieldsOf('{"__proto__":"x","a":1}')).toEqual([
      ['__proto__', 'x'],
      ['a', '1'],
    ]);
  });
});

describe('summarize', () => {
  const summary = (payload: unknown, { time = 't1', type = 'log', name = null as string | null } = {}) =>
    summarize([time, 't0', type, name, JSON.stringify(payload)]);

  test('given an event, then what is shown in its own place is not among the fields', () => {
    const event = { type: 'log', '@timestamp': 'x', Level: 'ERROR', msg: 'hi mom', user: { id: 7 } };
    expect(summary(event)).toEqual({
      time: 't1',
      type: 'log',
      level: 'ERROR',
      name: null,
      message: 'hi mom',
      fields: [['user.id', '7']],
    });
  });

  test('given keys that are not what is shown, then they stay fields', () => {
    const event = { type: 'a', event_type: 'b', name: 'c', event: 'd', msg: 'e', message: 'f', time: 'not a time' };
    const { fields } = summary(event, { time: 't0', type: 'a', name: 'c' });
    expect(fields).toEqual([
      ['event_type', 'b'],
      ['event', 'd'],
      ['message', 'f'],
      ['time', 'not a time'],
    ]);
  });

  const picked = (payload: unknown, type: string, name: string | null = null) => {
    const { level, service, duration, status, value, fields, name: shown, message } = summary(payload, { type, name });
    return { level, service, duration, status, value, name: shown, message, fields: fields.map(([key]) => key) };
  };

  test('picks service, name, duration and status of a span, without repetitions', () => {
    const span = {
      type: 'trace',
      name: 'GET /',
      service_name: 'api',
      kind: 'server',
      status: 'ERROR',
      trace_id: 't',
      start_time_unix_nano: 1795860000000000000n,
      end_time_unix_nano: 1795860000012300000n,
      duration_ns: 12300000,
      duration_ms: 12.3,
      start: '2026-11-28T10:00:00.000000000Z',
    };
    const text = JSON.stringify(span, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
    const { service, name, duration, status, fields } = summarize(['t1', 't0', 'trace', 'GET /', text]);
    expect({ service, name, duration, status }).toEqual({
      service: 'api',
      name: 'GET /',
      duration: '12.3ms',
      status: 'ERROR',
    });
    expect(fields.map(([key]) => key)).toEqual(['kind', 'trace_id']);
  });

  test.each([
    [{ start_time: '2026-11-28T10:00:00Z', end_time: '2026-11-28T10:01:05Z' }, '1m5s'],
    [{ startTimeUnixNano: '1795860000000000000', endTimeUnixNano: '1795860000000250000' }, '250µs'],
    [{ durationMs: 1250 }, '1.25s'],
    [{ duration_us: 0 }, '0ms'],
    [{ duration: 12 }, undefined],
    [{ duration_ms: 'fast' }, undefined],
  ])('reads the duration of a span off %j', (payload, duration) => {
    expect(picked(payload, 'trace').duration).toBe(duration);
  });

  test('picks name, value and unit of a metric', () => {
    const metric = { type: 'metric', metric_name: 'cpu', metric_value: 12.5, unit: 'percent', host: 'h' };
    expect(picked(metric, 'metric', 'cpu')).toMatchObject({ name: 'cpu', value: '12.5 percent', fields: ['host'] });
    expect(picked({ value: 3, unit: '1' }, 'metric')).toMatchObject({ value: '3', fields: [] });
    expect(picked({ metric_value: null, count: 3 }, 'metric').fields).toEqual(['metric_value', 'count']);
  });

  test.each([
    [{ level: 50, msg: 'm' }, 'ERROR', []],
    [{ level: 30, msg: 'm' }, 'INFO', []],
    [{ levelno: 30, levelname: 'WARNING' }, 'WARN', []],
    [{ severity_number: 13, severity_text: 'warn' }, 'WARN', []],
    [{ severity_text: 'WARN3' }, 'WARN', []],
    [{ level: 'err', severity: 3 }, 'ERROR', []],
    [{ severity: 500 }, 'ERROR', []],
    [{ level: 'spam' }, 'TRACE', []],
    [{ '@l': 'Fatal' }, 'FATAL', []],
    [{ level: 'audit' }, 'audit', []],
    [{ level: 3 }, null, ['level']],
    [{ level: 'INFO', severity_number: 17 }, 'ERROR', ['level']],
  ])('reads the severity off %j', (payload, level, fields) => {
    expect(picked(payload, 'log')).toMatchObject({ level, fields });
  });

  test.each([
    { service_name: 's' },
    { 'service.name': 's' },
    { service: { name: 's' } },
    { app: 's' },
    { container: 's' },
  ])('reads the service off %j', payload => {
    expect(picked(payload, 'log')).toMatchObject({ service: 's', fields: [] });
  });

  test('given a text event, then the text is the message', () => {
    expect(summary('plain text', { type: 'event' })).toMatchObject({ message: 'plain text', fields: [] });
  });
});

describe('the summary of a log of MongoDB', () => {
  test('has its severity, and shows neither its key nor that of the time again', () => {
    const payload = '{"t":{"$date":"2026-11-28T09:00:00Z"},"s":"E","c":"NET","msg":"m"}';
    const summary = summarize(['2026-11-28T09:00:00Z', '2026-11-29T09:00:00Z', 'log', null, payload]);
    expect(summary).toMatchObject({ level: 'ERROR', message: 'm', fields: [['c', 'NET']] });
  });

  test('takes no severity from such a key alone', () => {
    const summary = summarize(['2026-11-28T09:00:00Z', '2026-11-29T09:00:00Z', 'log', null, '{"s":"E","msg":"m"}']);
    expect(summary).toMatchObject({ level: null, fields: [['s', 'E']] });
  });
});

test('the level of an event that is no log is not its message', () => {
  const summary = summarize(['2026-11-28', '2026-11-29', 'event', 'level_up', '{"event":"level_up","level":5}']);
  expect(summary).toMatchObject({ level: null, message: null, name: 'level_up', fields: [['level', '5']] });
});
