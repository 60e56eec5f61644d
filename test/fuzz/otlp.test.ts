import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logsProtobuf, logsRequest } from '../../bench/lib/otlp.mjs';
import { DecodeError } from '../../src/formats/decoder.js';
import { OtlpDecoder, type OtlpEncoding } from '../../src/formats/otlp/decode.js';
import type { Signal } from '../../src/formats/otlp/messages.js';
import { http } from '../helpers/http.js';
import { attribute, double, field, fixed64, int, request, varint } from '../helpers/otlp-bytes.js';
import { serve, type TestServer } from '../helpers/server.js';
import { makeDirectory, payloads } from '../helpers/store.js';
import { damaged } from './damage.js';
import { FUZZ_RUNS, FUZZ_SEED } from './runs.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const settings = { seed: FUZZ_SEED, numRuns: FUZZ_RUNS };

/** 100,000 arrays in each other: a value's bytes grow with each, so they are written from the inside. */
function deepValue(levels: number): Buffer {
  const heads: Buffer[] = [];
  let length = 0;
  for (let i = 0; i < 2 * levels; i++) {
    const head = Buffer.concat([varint(((i % 2 === 0 ? 1 : 5) << 3) | 2), varint(length)]);
    heads.push(head);
    length += head.length;
  }
  return Buffer.concat(heads.reverse());
}

const deepRecord = (levels: number): Buffer => request([field(2, field(5, deepValue(levels)))]);

const logs = fc.nat(20).map(seed => logsRequest(3, seed));
const spans = fc
  .tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.string())
  .map(([time, name]) =>
    request([
      field(
        2,
        field(1, Buffer.alloc(16, 1)),
        field(5, name),
        fixed64(7, time),
        field(11, attribute(3, name, int(3, 1))),
      ),
    ]),
  );
const metrics = fc
  .tuple(fc.double(), fc.array(fc.nat(300), { maxLength: 8 }))
  .map(([value, counts]) =>
    request([
      field(2, field(1, 'm'), field(9, field(1, double(5, value), field(6, Buffer.alloc(8 * counts.length, 1))))),
      field(
        2,
        field(1, 'e'),
        field(10, field(1, int(6, 3), field(8, int(1, 7), field(2, ...counts.map(count => varint(count)))))),
      ),
    ]),
  );

/** Values of the type that a field has, and of others. */
const anyNumber = fc.oneof(
  fc.constantFrom(1e20, '9223372036854775808', '-1', -1, 1.5, 'x', null, true, {}, []),
  fc.nat(),
  fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String),
);
const anyId = fc.constantFrom('b7ad6b7169203331', '0af7651916cd43dd8448eb211c80319c', 'short', '', '4BF9-77', 5, null);
const anyValue = fc.oneof(
  fc.record({ intValue: anyNumber }),
  fc.record({ doubleValue: anyNumber }),
  fc.record({ stringValue: fc.oneof(fc.string(), anyNumber) }),
  fc.record({ arrayValue: fc.record({ values: fc.array(fc.record({ intValue: anyNumber }), { maxLength: 3 }) }) }),
  anyNumber,
);
const anyAttributes = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), value: anyValue }), { maxLength: 3 });
const asJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const jsonSpans = fc
  .array(
    fc.record({
      traceId: anyId,
      spanId: anyId,
      name: fc.oneof(fc.string(), anyNumber),
      startTimeUnixNano: anyNumber,
      attributes: anyAttributes,
      droppedEventsCount: anyNumber,
    }),
    { maxLength: 4 },
  )
  .map(list => asJson({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans: list }] }] }));

const jsonPoint = fc.record({ timeUnixNano: anyNumber, asInt: anyNumber, flags: fc.nat(3), attributes: anyAttributes });
const jsonHistogram = fc.record({
  count: anyNumber,
  sum: anyNumber,
  bucketCounts: fc.array(anyNumber, { maxLength: 3 }),
});
const jsonMetrics = fc
  .tuple(fc.array(jsonPoint, { maxLength: 3 }), fc.array(jsonHistogram, { maxLength: 3 }), anyNumber)
  .map(([points, histograms, name]) =>
    asJson({
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { name: 'm', gauge: { dataPoints: points } },
                { name, histogram: { dataPoints: histograms } },
              ],
            },
          ],
        },
      ],
    }),
  );

interface Target {
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly sound: fc.Arbitrary<Uint8Array>;
}

const TARGETS: readonly Target[] = [
  { signal: 'logs', encoding: 'protobuf', sound: logs.map(logsProtobuf) },
  { signal: 'logs', encoding: 'json', sound: logs.map(sent => Buffer.from(JSON.stringify(sent))) },
  { signal: 'traces', encoding: 'protobuf', sound: spans },
  { signal: 'traces', encoding: 'json', sound: jsonSpans },
  { signal: 'metrics', encoding: 'protobuf', sound: metrics },
  { signal: 'metrics', encoding: 'json', sound: jsonMetrics },
];

describe.each(TARGETS)('OTLP $signal as $encoding', ({ signal, encoding, sound }) => {
  test('given damaged bytes, then they are refused whole, or each event is JSON', async () => {
    const decoder = new OtlpDecoder(50_000);
    await fc.assert(
      fc.asyncProperty(damaged(sound), async bytes => {
        const decoded = await decoder.decode(signal, encoding, bytes).catch((error: unknown) => {
          expect(error).toBeInstanceOf(DecodeError);
          return undefined;
        });
        await decoded?.handOn(
          (event, start, end) => {
            const text = Buffer.from(event.subarray(start, end));
            expect(isUtf8(text)).toBe(true);
            expect(() => JSON.parse(text.toString()) as unknown).not.toThrow();
          },
          () => undefined,
        );
        decoded?.release();
      }),
      settings,
    );
  });
});

describe('a server that is sent damaged OTLP', () => {
  const store = makeDirectory();
  let server: TestServer;
  beforeAll(async () => {
    server = await serve({ store, args: ['--durability', 'none'] });
  });
  afterAll(async () => {
    await server.end();
    removeDirectory(store);
  });

  const send = (signal: Signal, encoding: OtlpEncoding, body: Uint8Array) =>
    http(`${server.url}/v1/${signal}`, {
      method: 'POST',
      body,
      headers: { 'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf' },
    });

  test.each(TARGETS)(
    'accepts or refuses $signal as $encoding, and a refused one leaves no trace',
    async ({ signal, encoding, sound }) => {
      await fc.assert(
        fc.asyncProperty(damaged(sound), async body => {
          const before = payloads(store).length;
          const { status } = await send(signal, encoding, body);
          expect([200, 400, 413]).toContain(status);
          if (status >= 400) expect(payloads(store)).toHaveLength(before);
        }),
        { seed: FUZZ_SEED, numRuns: Math.ceil(FUZZ_RUNS / 10) },
      );
      expect(await http(`${server.url}/healthz`)).toMatchObject({ status: 200 });
    },
  );

  test('given values that nest 100,000 levels deep, or varints without end, then 400', async () => {
    const json = (value: string): Buffer =>
      Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${value}}]}]}]}`);
    const deepJson = `${'{"arrayValue":{"values":['.repeat(100_000)}${']}}'.repeat(100_000)}`;

    expect(await send('logs', 'protobuf', deepRecord(100_000))).toMatchObject({ status: 400 });
    expect(await send('logs', 'json', json(deepJson))).toMatchObject({ status: 400 });
    // These are kept as text.
    expect(await send('logs', 'json', json('{"doubleValue":1e400}'))).toMatchObject({ status: 200 });
    expect(await send('logs', 'json', json(`{"intValue":"${'9'.repeat(100_000)}"}`))).toMatchObject({ status: 200 });
    expect(await send('logs', 'protobuf', Buffer.alloc(1000, 0xff))).toMatchObject({ status: 400 });
    expect(await send('logs', 'protobuf', field(1, Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])))).toMatchObject({
      status: 400,
    });
    expect(await send('logs', 'protobuf', deepRecord(300))).toMatchObject({ status: 200 });
    expect(await http(`${server.url}/healthz`)).toMatchObject({ status: 200 });
  });
});
