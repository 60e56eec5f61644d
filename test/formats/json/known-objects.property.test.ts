import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENCODING, type EventMeta } from '../../../src/core/event.js';
import { scanObject } from '../../../src/formats/json/fast-path.js';
import { KnownObjects } from '../../../src/formats/json/known-objects.js';
import { propertyRuns } from '../../helpers/property-runs.js';

/** Small buffers are only scanned. */
const BUFFER_BYTES = 4096;

const NO_META: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };

type Scan = (bytes: Uint8Array, start: number, end: number, meta: EventMeta) => number;

/** The end of the object at an offset, with its meta where there is one. */
function scanned(scan: Scan, text: Uint8Array, start = 0): { end: number; meta?: EventMeta } {
  const meta = { ...NO_META };
  const bytes = Buffer.concat([text], Math.max(text.length, BUFFER_BYTES));
  const end = scan(bytes, start, text.length, meta);
  return end < 0 ? { end } : { end, meta };
}

const scanKnown = (known: KnownObjects): Scan => known.scan.bind(known);

/** Values as texts, usual ones and such as only a scan takes. */
const value = fc.constantFrom(
  ...['1', '0', '-7', '-0', '1.5', '-0.0', '2e9', '123456789012345', '1234567890123456', '99999999999999999999'],
  ...['true', 'false', 'null', '""', '"a"', '"abcdefgh"', '"h\u00e9llo \ud83d\ude00"', '"a\\nb"', '"\\u0041"', '[]'],
  ...['[1,"a"]', '{}', '{"a":1}', '{"a":{"b":"c"}}', '01', '1.', '-', 'tru', 'nul', '"\u0001"', '"\u007f"'],
);

const key = fc.constantFrom('a', 'b', 'event_id', 'longer than a word', 'é', '');

const blank = fc.constantFrom('', '', '', ' ', '  ');

/** Few keys and values, so that shapes recur. */
const object = fc
  .tuple(fc.array(fc.tuple(key, value), { maxLength: 4 }), blank, blank)
  .map(
    ([members, before, after]) =>
      `{${members.map(([name, json]) => `"${name}"${after}:${before}${json}`).join(`,${before}`)}}`,
  );

/** An object of which one byte is another, or that ends too soon. */
const damaged = fc
  .tuple(object, fc.nat(), fc.constantFrom(...Array.from('"\\{}[],: 0e.-tn\u0001')), fc.boolean())
  .map(([text, at, byte, isCut]) => {
    const bytes = Buffer.from(text);
    if (isCut) return bytes.subarray(0, at % bytes.length);
    bytes[at % bytes.length] = byte.charCodeAt(0);
    return bytes;
  })
  .filter(bytes => isUtf8(bytes));

describe('known objects', () => {
  test('are found as a scan finds them, among any others', () => {
    const texts = fc.array(fc.oneof({ weight: 3, arbitrary: object.map(text => Buffer.from(text)) }, damaged), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(texts, events => {
        const known = new KnownObjects();
        for (const bytes of events) expect(scanned(scanKnown(known), bytes)).toEqual(scanned(scanObject, bytes));
      }),
      { numRuns: propertyRuns(500) },
    );
  });

  test('are found at any offset, with other bytes after them', () => {
    const known = new KnownObjects();
    const events = ['{"a":1,"b":"x"}', '{"a":2,"b":"yy"}', '{"a":3,"b":{"c":true}}'];
    const bytes = Buffer.from(
      events
        .map(event => `${event}\n`)
        .join('')
        .repeat(3),
    );
    for (let at = 0; at < bytes.length;) {
      const found = scanned(scanKnown(known), bytes, at);
      expect(found).toEqual(scanned(scanObject, bytes, at));
      at = found.end + 1;
    }
  });

  test('have the id of the first event_id with a value', () => {
    const known = new KnownObjects();
    const idOf = (text: string): string => {
      const { meta } = scanned(scanKnown(known), Buffer.from(text));
      return text.slice(meta!.idStart, meta!.idEnd);
    };
    for (const round of [1, 2]) {
      expect(idOf(`{"a":${round},"event_id":"x${round}","event_id":"y"}`)).toBe(`x${round}`);
      expect(idOf(`{"a":${round},"event_id":"","event_id":"y${round}"}`)).toBe(`y${round}`);
      expect(idOf(`{"a":${round},"event_id":1.5,"event_id":${round}}`)).toBe(String(round));
    }
  });

  test('are found after thousands that are all different', () => {
    const known = new KnownObjects();
    for (let n = 0; n < 40_000; n++) {
      const bytes = Buffer.from(`{"key ${n}":${n},"a":1}`);
      const found = scanned(scanKnown(known), bytes);
      if (n % 100 === 0) expect(found).toEqual(scanned(scanObject, bytes));
    }
    for (const text of ['{"a":1}', '{"a":2}', '{"a":"x"}', '{"a":"y"}']) {
      expect(scanned(scanKnown(known), Buffer.from(text))).toEqual(scanned(scanObject, Buffer.from(text)));
    }
  });
});
