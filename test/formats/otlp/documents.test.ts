import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DecodeError } from '../../../src/formats/decoder.js';
import { decoderFor } from '../../../src/formats/media/decoder-for.js';
import type { Rejections } from '../../../src/formats/otlp/decode.js';
import { documentBudget } from '../../../src/formats/otlp/document-budget.js';
import { documentKind } from '../../../src/formats/otlp/document-kind.js';
import { otlpDocuments } from '../../../src/formats/otlp/documents.js';
import { jsonStream } from '../../../src/formats/json/stream.js';
import { decodeText } from '../../helpers/decode.js';
import { decodeOtlp } from '../../helpers/otlp-decode.js';

const MAX = 1024 * 1024;

/** What exporters write: the collector's, Python's and Java's have these forms. */
const SPANS = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          scope: { name: 'lib', attributes: [] },
          spans: [1, 2].map(no => ({
            traceId: `600fbba606b5fc9959c814c389dad1${no}d`,
            spanId: `401e7042994a14e${no}`,
            name: `op ${no}`,
            kind: 1,
            startTimeUnixNano: '1795871799344767717',
            endTimeUnixNano: '1795871799344797108',
            attributes: [{ key: 'big', value: { intValue: '9007199254740993' } }],
            status: {},
          })),
        },
      ],
    },
  ],
};
const LOGS = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'hello' } }] }] }] };
const METRICS = {
  resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', sum: { dataPoints: [{ asInt: '5' }] } }] }] }],
};
const DOCUMENTS = [
  ['traces', SPANS, SPANS.resourceSpans],
  ['logs', LOGS, LOGS.resourceLogs],
  ['metrics', METRICS, METRICS.resourceMetrics],
] as const;

const unfold = (body: string, contentType = 'application/x-ndjson', maxEventBytes = MAX) =>
  decodeText(sink => decoderFor(contentType, sink, { maxEventBytes }), body);

describe('an OTLP document in a stream of events', () => {
  test.each(DOCUMENTS)('of %s is the events of the same request', async (signal, document, bare) => {
    const { texts, ids } = await decodeOtlp(signal, document);
    for (const form of [JSON.stringify(document), JSON.stringify(document, undefined, 2), JSON.stringify(bare[0])]) {
      for (const type of ['application/x-ndjson', 'application/json', undefined]) {
        const decoded = await unfold(`{"a":1}\n${form}\n{"b":2}`, type);
        expect(decoded.texts).toEqual(['{"a":1}', ...texts, '{"b":2}']);
        expect(decoded.events.map(({ id }) => id)).toEqual([undefined, ...ids, undefined]);
      }
    }
    expect((await unfold(JSON.stringify([document, { c: 3 }]), 'application/json')).texts).toEqual([
      ...texts,
      '{"c":3}',
    ]);
  });

  test('may have the keys of the .proto files, and no records', async () => {
    const logs = '{"resource_logs":[{"scope_logs":[{"log_records":[{"body":{"string_value":"hello"}}]}]}]}';
    expect((await unfold(logs)).texts).toEqual(['{"type":"log","body":"hello"}']);
    expect((await unfold('{"resourceSpans":[]}\n{"resourceLogs": [ ]}{"a":1}')).texts).toEqual(['{"a":1}']);
  });

  test.each([
    '{"resourceSpans":"many"}',
    '{"resourceSpans":null}',
    '{"resourceProfiles":[]}',
    '{"resource":{"type":"k8s"},"severity":"INFO"}',
    '{"resource":"x","scopeSpans":[]}',
    '{"scopeSpans":{}}',
    '{"severity":"INFO"}',
    '{"a":1,"resourceSpans":[]}',
    '"resourceSpans"',
    '{}',
  ])('is not any other event: %s', async event => {
    expect((await unfold(`${event}\n`)).texts).toEqual([event]);
  });

  test('is taken whole or not at all, and the error says why', async () => {
    const bad = { name: 'bad', startTimeUnixNano: 'never' };
    const spans = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a' }, bad] }] }] });
    const { texts, error } = await unfold(`{"a":1}\n${spans}\n{"b":2}`);

    expect(texts).toEqual(['{"a":1}']);
    expect(error).toMatchObject({
      reason: 'invalid_otlp',
      message: '"startTimeUnixNano" must be an integer of the type fixed64, not "never"',
      offset: undefined,
    });
    expect((await unfold('{"resourceSpans":[5]}')).error).toMatchObject({ reason: 'invalid_otlp' });
  });

  test('gives its good records where the others are asked for', async () => {
    const rejected: Rejections[] = [];
    const { texts } = await decodeText(
      sink => {
        const documents = otlpDocuments(sink, { maxEventBytes: 60, onRejected: all => void rejected.push(all) });
        return jsonStream(documents, { maxEventBytes: MAX });
      },
      JSON.stringify({
        resourceLogs: [
          {
            scopeLogs: [
              {
                logRecords: [
                  { body: { stringValue: 'a' } },
                  { body: { stringValue: 'long'.repeat(20) } },
                  { body: { stringValue: 'b' }, severityNumber: 1e20 },
                ],
              },
            ],
          },
        ],
      }),
    );

    expect(texts).toEqual(['{"type":"log","body":"a"}']);
    expect(rejected).toMatchObject([{ count: 2 }]);
  });

  test('ends where its sink refuses an event', () => {
    const taken: string[] = [];
    const decoder = decoderFor(
      undefined,
      (bytes, start, end) => {
        if (taken.length === 1) throw new Error('enough');
        taken.push(Buffer.from(bytes.subarray(start, end)).toString());
      },
      { maxEventBytes: MAX },
    );
    expect(() => decoder.write(Buffer.from(JSON.stringify(SPANS)))).toThrow('enough');
    expect(taken).toHaveLength(1);
  });

  test('is one event in a feed, whose sender counts it as one', async () => {
    const text = JSON.stringify(LOGS);
    const make = (sink: Parameters<typeof otlpDocuments>[0]) =>
      decoderFor(undefined, sink, { maxEventBytes: MAX, keepsDocuments: true });
    expect((await decodeText(make, text)).texts).toEqual([text]);
  });

  test('is over the limit of an event only where it may be', async () => {
    const large = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: Array(100).fill({}) }] }] });
    const limits = (mayExceed?: () => boolean) => (sink: Parameters<typeof otlpDocuments>[0]) =>
      decoderFor(undefined, sink, { maxEventBytes: 200, mayExceed });
    expect((await decodeText(limits(), large)).error?.reason).toBe('event_too_large');
    expect(
      (
        await decodeText(
          limits(() => true),
          large,
        )
      ).texts,
    ).toHaveLength(100);
  });
});

describe('the kind of a document', () => {
  const kindOf = (text: string, end = text.length) => documentKind(Buffer.from(text), 0, end);

  test('is known before all of it is there', () => {
    const text = JSON.stringify(SPANS);
    expect(kindOf(text, text.indexOf('[') + 1)).toEqual({ signal: 'traces', isBare: false });
    const bare = JSON.stringify(SPANS.resourceSpans[0]);
    expect(kindOf(bare, bare.indexOf('"scopeSpans":[') + 14)).toEqual({ signal: 'traces', isBare: true });
    expect(kindOf(bare, 30)).toBeUndefined();
  });

  test('is found in any bytes without a fault', () => {
    const part = fc.constantFrom(
      '{',
      '"resource"',
      '"scopeSpans"',
      '"resourceSpans"',
      ':',
      '[',
      ']',
      '}',
      ',',
      '"',
      '\\',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.nat(60), (parts, cut) => {
        const bytes = Buffer.from(parts.join(''));
        documentKind(bytes, 0, Math.min(cut, bytes.length));
      }),
    );
  });
});

test('the error of a document that is too large for a stream says where to send it', () => {
  const { mayExceed } = documentBudget()();
  const start = Buffer.from('{"resourceMetrics":[');

  expect(mayExceed(Buffer.from('{"a":1'), 0, 2 * MAX)).toBe(false);
  expect(mayExceed(start, 0, 2 * MAX)).toBe(true);
  expect(() => mayExceed(start, 0, 17 * MAX)).toThrow(
    expect.objectContaining({
      reason: 'event_too_large',
      message: expect.stringContaining('/v1/metrics') as string,
    }) as DecodeError,
  );
});

test('bounds the documents of all streams together, and releases those of a stream', () => {
  const open = documentBudget();
  const start = Buffer.from('{"resourceLogs":[');
  const streams = Array.from({ length: 8 }, open);

  for (const { mayExceed } of streams) expect(mayExceed(start, 0, 16 * MAX)).toBe(true);
  const last = open();
  expect(() => last.mayExceed(start, 0, 2 * MAX)).toThrow(expect.objectContaining({ reason: 'busy' }) as DecodeError);
  // A second document takes the room of the first.
  expect(streams[0]!.mayExceed(start, 0, 15 * MAX)).toBe(true);
  streams[0]!.close();
  expect(last.mayExceed(start, 0, 16 * MAX)).toBe(true);
});
