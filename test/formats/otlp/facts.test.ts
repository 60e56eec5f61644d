import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENCODING, type EventMeta } from '../../../src/core/event.js';
import { OtlpDecoder } from '../../../src/formats/otlp/decode.js';
import { rescan } from '../../../src/formats/json/rescan.js';
import { attribute, double, field, fixed64, int, request } from '../../helpers/otlp-bytes.js';
import { propertyRuns } from '../../helpers/property-runs.js';

const value = fc.oneof(
  fc.string({ unit: 'binary' }).map(text => field(1, text)),
  fc.boolean().map(yes => int(2, yes ? 1 : 0)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(whole => int(3, whole)),
  fc
    .constantFrom(0n, 7n, 10n ** 17n, 10n ** 18n - 1n, 10n ** 18n, -(10n ** 18n) + 1n, -(10n ** 18n))
    .map(n => int(3, n)),
  fc.double().map(number => double(4, number)),
  fc.uint8Array({ maxLength: 4 }).map(bytes => field(7, bytes)),
  fc.constantFrom(
    field(5, field(1, int(3, 1))),
    field(5),
    field(6, field(1, field(1, 'k"'), field(2, int(3, 1)))),
    field(6),
  ),
);
const key = fc.constantFrom('a', 'b', 'event_id', 'body', 'k"', 'ü', 'x'.repeat(300));
const attributes = (no: number) =>
  fc
    .array(fc.tuple(key, value), { maxLength: 4 })
    .map(pairs => pairs.map(([name, content]) => attribute(no, name, content)));
const record = fc
  .tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.option(value), attributes(6))
  .map(([time, body, list]) => field(2, fixed64(1, time), ...(body ? [field(5, body)] : []), ...list));

test('computes the same metadata as a scan for any sequence of records', async () => {
  const decoder = new OtlpDecoder(1024 * 1024);
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 8 }), attributes(1), async (records, resource) => {
      const decoded = await decoder.decode('logs', 'protobuf', request(records, resource));
      const scanned: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
      await decoded.handOn(
        (bytes, start, end, facts) => {
          rescan(bytes, start, end, scanned);
          expect(facts).toEqual(scanned);
        },
        () => undefined,
      );
      decoded.release();
    }),
    { numRuns: propertyRuns(100) },
  );
});
