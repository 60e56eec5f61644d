import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineEvents } from '../../../src/sources/exec/line-event.js';

const TIME = '2026-11-22T20:54:39.821Z';

function events(line: string | Buffer, maxEventBytes = 10_000): string[] {
  const found: string[] = [];
  const onEvent = (event: Buffer): void => void found.push(event.toString());
  const take = lineEvents({
    command: 'app',
    service: 'api',
    pid: 7,
    runId: 'r',
    stream: 'stdout',
    maxEventBytes,
    onEvent,
  });
  take(Buffer.from(line), true, TIME);
  return found;
}

const FACTS = '"service_name":"api","stream":"stdout","command":"app","pid":7,"run_id":"r"';
const ADDED = `"time":"${TIME}",${FACTS}`;

/** The event of a line that is text. */
const textOf = (members: string): string => `{"time":"${TIME}","type":"log",${members},${FACTS}}`;

describe('the event of a line', () => {
  test.each([
    ['{"a": 1.0, "n":12345678901234567890}', `{"a": 1.0, "n":12345678901234567890,${ADDED}}`],
    [' {} \r', `{${ADDED}}`],
    [
      `{"Type":"x","ts":1,"PID":2,"stream":{}}`,
      `{"Type":"x","ts":1,"PID":2,"stream":{},"service_name":"api","command":"app","run_id":"r"}`,
    ],
    ['{"metric_name":"m"}', `{"metric_name":"m",${ADDED}}`],
    ['{"span_id":"s","msg":"m"}', `{"span_id":"s","msg":"m",${ADDED}}`],
  ])('given the object %s, then it is kept as it is, and gets what it has not', (line, event) => {
    expect(events(line)).toEqual([event]);
  });

  test.each([
    '',
    'hi',
    '[1]',
    '7',
    '"x"',
    '{"a":1',
    '{"a":1} {"b":2}',
    '{"a":1}}',
    `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
  ])('given %s, which is no object, then it is text', line => {
    expect(events(line, 100_000)).toEqual([textOf(`"msg":${JSON.stringify(line)}`)]);
  });

  test('given a carriage return at its end, then it is left out', () => {
    expect(events('a\rb\r')).toEqual([textOf(`"msg":"a\\rb"`)]);
  });

  test('given bytes that are no UTF-8, then they are kept as base64 beside the text', () => {
    expect(events(Buffer.from([0x61, 0xff]))).toEqual([textOf('"msg":"a\uFFFD","msg_base64":"Yf8="')]);
  });

  test('cuts any line into pieces that fit and add up to the line', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 2000 }),
      fc.constantFrom(`{"a":"${'x'.repeat(900)}"}`, '\u0001'.repeat(1500)),
    );
    fc.assert(
      fc.property(line, text => {
        const clean = Buffer.from(text).toString();
        const pieces = events(clean, 700).map(event => JSON.parse(event) as Record<string, string | undefined>);
        const shown = pieces
          .map(({ msg, msg_raw: raw, a }) => (typeof msg === 'string' ? (raw ?? msg) : JSON.stringify({ a })))
          .join('');

        expect(shown).toBe(clean.replace(/\r$/, ''));
        expect(events(clean, 700).every(event => Buffer.byteLength(event) <= 700)).toBe(true);
        if (pieces.length > 1) {
          expect(pieces.map(piece => piece.partial_ordinal)).toEqual(pieces.map((_, i) => i + 1));
          expect(pieces.map(piece => piece.partial_last)).toEqual(pieces.map((_, i) => i === pieces.length - 1));
        }
      }),
    );
  });
});
