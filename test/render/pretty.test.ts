import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type PrettyEvent, prettyEvent } from '../../src/render/pretty.js';

const log: PrettyEvent = {
  time: '10:00:00.123',
  type: 'log',
  level: 'ERROR',
  name: null,
  message: 'no route',
  fields: [
    ['timeElapsed', '1200'],
    ['host', 'a b'],
    ['empty', ''],
    ['tags', '["a","b"]'],
  ],
};

describe('given an event', () => {
  it('when it is shown, then time, type, level and message come before key=value', () => {
    expect(prettyEvent(log, { color: false })).toBe(
      '10:00:00.123 log    ERROR no route timeElapsed=1200 host="a b" empty="" tags=["a","b"]',
    );
  });

  it('when it has a name and no level, then the name follows the type', () => {
    const event = {
      ...log,
      type: 'event',
      level: null,
      name: 'login',
      message: null,
      fields: [['user.id', '7'] as const],
    };
    expect(prettyEvent(event, { color: false })).toBe('10:00:00.123 event  login user.id=7');
  });

  it('puts the service of a span first, then name, duration and status', () => {
    const span = { ...log, type: 'trace', level: null, message: null, name: 'GET /', isSpan: true, service: 'api' };
    expect(prettyEvent({ ...span, duration: '12.3ms', status: 'ERROR', fields: [] }, { color: false })).toBe(
      '10:00:00.123 trace  api GET / 12.3ms ERROR',
    );
  });

  it("puts a metric's value after its name, and a service after its message", () => {
    const metric = {
      ...log,
      type: 'metric',
      level: null,
      message: null,
      name: 'cpu',
      value: '12.5 percent',
      fields: [],
    };
    expect(prettyEvent(metric, { color: false })).toBe('10:00:00.123 metric cpu 12.5 percent');
    expect(prettyEvent({ ...log, service: 'a b', fields: [] }, { color: false })).toBe(
      '10:00:00.123 log    ERROR no route service="a b"',
    );
  });

  it('colours a service by its name, and a status by its meaning', () => {
    const colorOf = (service: string): string =>
      // eslint-disable-next-line no-control-regex -- the colours that are our own
      /service=\x1b\[22m(\x1b\[\d+m)/.exec(prettyEvent({ ...log, service }, { color: true }))![1]!;
    expect(colorOf('api')).toBe(colorOf('api'));
    expect(new Set(['api', 'web', 'worker', 'db', 'mail'].map(colorOf)).size).toBeGreaterThan(1);
    const status = (text: string): string => prettyEvent({ ...log, isSpan: true, status: text }, { color: true });
    expect(status('ERROR')).toContain('\x1b[31mERROR');
    expect(status('503')).toContain('\x1b[31m503');
    expect(status('OK')).toContain('\x1b[32mOK');
  });

  it('when a way to print its time is given, then that is used', () => {
    const line = prettyEvent({ ...log, fields: [] }, { color: false, formatTime: time => time.slice(0, 5) });
    expect(line).toBe('10:00 log    ERROR no route');
  });

  it.each([
    ['ERROR', '\x1b[31m'],
    ['fatal', '\x1b[31m'],
    ['Warn', '\x1b[33m'],
    ['WARNING', '\x1b[33m'],
    ['info', '\x1b[32m'],
    ['DEBUG', '\x1b[2m'],
    ['trace', '\x1b[2m'],
  ])('when its level is %s, then it has its colour', (level, start) => {
    const line = prettyEvent({ ...log, level }, { color: true });
    expect(line).toContain(start + level.padEnd(5));
  });

  it('when its level is unknown, then it stays plain', () => {
    expect(prettyEvent({ ...log, level: 'odd' }, { color: true })).toContain(' odd   no route');
  });

  it('shows line ends and escape sequences in values instead of obeying them', () => {
    const event: PrettyEvent = {
      time: '1',
      type: 'l\x1b[1m',
      level: 'x\x07',
      name: 'n\r',
      message: 'a\nb\x9b2J',
      fields: [['k\x1b', 'line1\nline2'] as const, ['c1', '\x9b2J'] as const],
    };
    expect(prettyEvent(event, { color: false })).toBe(
      '1 l\\x1b[1m x\\x07 n\\r a\\nb\\x9b2J k\\x1b="line1\\nline2" c1=\\x9b2J',
    );
  });

  it('fits any event into a narrow terminal, with nothing obeyed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constant('日本'.repeat(2000)),
    );
    const event = fc.record({
      time: fc.constant('10:00:00.123'),
      type: text,
      level: fc.option(text),
      name: fc.option(text),
      message: fc.option(text),
      service: fc.option(text, { nil: undefined }),
      isSpan: fc.boolean(),
      duration: fc.option(text, { nil: undefined }),
      status: fc.option(text, { nil: undefined }),
      value: fc.option(text, { nil: undefined }),
      fields: fc.array(fc.tuple(text, text)),
    });
    fc.assert(
      fc.property(event, fc.integer({ min: 1, max: 120 }), fc.boolean(), (event, columns, color) => {
        const line = prettyEvent(event, { columns, color });
        expect(stringWidth(line)).toBeLessThanOrEqual(columns);
        // eslint-disable-next-line no-control-regex -- the colours that are our own
        expect(line.replace(/\x1b\[\d+m/g, '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('when there is no terminal, then nothing is cut', () => {
    const line = prettyEvent({ ...log, fields: [['long', 'x'.repeat(5000)]] }, { color: false });
    expect(line.endsWith(`long=${'x'.repeat(5000)}`)).toBe(true);
  });
});
