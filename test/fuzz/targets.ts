import fc from 'fast-check';
import type { EventSink } from '../../src/core/event.js';
import type { Decoder } from '../../src/decode/decoder.js';
import { activityEvents } from '../../src/decode/envelopes/activity.js';
import { sourceEnvelopes } from '../../src/decode/envelopes/source.js';
import { wideEvents } from '../../src/decode/envelopes/wide.js';
import { decoderFor } from '../../src/decode/media.js';
import { decodeMessage } from '../../src/decode/message.js';
import { expositionEvents } from '../../src/decode/prometheus/exposition.js';
import { KnownFamilies } from '../../src/decode/prometheus/known-families.js';
import { remoteWrite } from '../../src/decode/prometheus/remote-write.js';
import { double, field, int } from '../helpers/otlp-bytes.js';

/** A decoder to be fuzzed: how it is made, bytes that it takes, and where a server takes them. */
export interface FuzzTarget {
  readonly name: string;
  readonly make: (sink: EventSink) => Decoder;
  readonly sound: fc.Arbitrary<Uint8Array>;
  readonly path: string;
  readonly contentType: string;
}

/** Small enough that damage goes past it. */
export const MAX_EVENT_BYTES = 50_000;
const options = { maxEventBytes: MAX_EVENT_BYTES, maxRequestBytes: 1_000_000 };

const text = fc.string({ unit: 'binary', maxLength: 12 });
const jsonEvent = fc
  .record({
    event_id: fc.oneof(fc.uuid(), fc.integer(), fc.constant(undefined)),
    type: fc.constantFrom('log', 'metric', undefined),
    value: fc.jsonValue({ maxDepth: 3 }),
    text,
  })
  .map(event => JSON.stringify(event));

const activityEvent = fc
  .record({
    event_id: fc.uuid(),
    event_time: fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('2100-01-01') }),
    event_type: fc.constantFrom('behavioral', 'metric'),
    event_name: text,
    more: fc.jsonValue({ maxDepth: 2 }),
  })
  .map(event => JSON.stringify(event));

const sourceEnvelope = fc
  .record({
    application: fc.constantFrom('trento', 'other'),
    telemetry_type: fc.constantFrom('host_telemetry', 'other'),
    time: fc.constant('2021-11-23T11:04:02.462687463+01:00'),
    payload: fc.oneof(fc.array(fc.dictionary(text, fc.jsonValue({ maxDepth: 1 })), { maxLength: 4 }), fc.jsonValue()),
  })
  .map(envelope => JSON.stringify(envelope));

const joined = (parts: fc.Arbitrary<string>, separator: string): fc.Arbitrary<Uint8Array> =>
  fc.array(parts, { maxLength: 6 }).map(all => Buffer.from(all.join(separator)));

const inArray = (parts: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> =>
  fc.array(parts, { maxLength: 6 }).map(all => Buffer.from(`[${all.join(',')}]`));

const form = fc
  .dictionary(fc.constantFrom('name', 'msg', 'levelname', 'levelno', 'created', 'args', 'x'), text)
  .map(fields => new URLSearchParams(fields).toString());

const csvCell = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom('', 'true', '"a ""b"""', '"x\ny"', 'plain', '1e400'),
);
const csv = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.array(csvCell, { maxLength: 24 })).map(([width, cells]) => {
  const header = Array.from({ length: width }, (_, i) => `column ${i}`).join(',');
  const rows = Array.from({ length: Math.floor(cells.length / width) }, (_, row) =>
    cells.slice(row * width, (row + 1) * width).join(','),
  );
  return Buffer.from([header, ...rows].join('\n'));
});

const labelSet = fc
  .array(fc.tuple(fc.constantFrom('a', 'le', 'quantile', 'job'), text), { maxLength: 3 })
  .map(labels => `{${labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}}`);
const metricLine = fc
  .tuple(
    fc.constantFrom('m', 'm_total', 'm_bucket', 'm_sum', 'm_count', '# TYPE m', '# HELP m', '# UNIT m'),
    fc.oneof(labelSet, fc.constantFrom('', ' histogram', ' counter', ' summary', ' gauge')),
    fc.constantFrom('1', '-0.5', '+Inf', 'NaN', '1e3'),
    fc.constantFrom('', ' 1395066363000', ' # {trace_id="x"} 2 1.5'),
  )
  .map(([name, middle, value, end]) => `${name}${middle} ${value}${end}`);

/** What a server scrapes, it is not posted. */
const scraped = (format: 'text' | 'openmetrics', end: string): FuzzTarget => ({
  name: `Prometheus ${format}`,
  make: sink => expositionEvents(sink, { ...options, format, labels: [['job', 'j']], time: '2026-01-01T00:00:00Z' }),
  sound: fc.array(metricLine, { maxLength: 8 }).map(lines => Buffer.from([...lines, end].join('\n'))),
  path: 'scrape',
  contentType: '',
});

const posted = (contentType: string, sound: fc.Arbitrary<Uint8Array>): FuzzTarget => ({
  name: contentType,
  make: sink => decoderFor(contentType, sink, options),
  sound,
  path: '/',
  contentType,
});

/** A message is decoded when it is whole: here, at the end. */
function messageDecoder(sink: EventSink): Decoder {
  const chunks: Uint8Array[] = [];
  return {
    write: chunk => void chunks.push(chunk.slice()),
    end: () => decodeMessage(Buffer.concat(chunks), sink, options),
  };
}

/** Requests of remote write, version 1.0: a series with its labels and a sample each. */
const writtenSeries = fc
  .tuple(fc.array(fc.tuple(fc.constantFrom('__name__', 'le', 'a'), text), { maxLength: 3 }), fc.double(), fc.nat())
  .map(([labels, value, ms]) =>
    field(
      1,
      ...labels.map(([name, said]) => field(1, Buffer.concat([field(1, name), field(2, said)]))),
      field(2, double(1, value), int(2, ms)),
    ),
  );

/** Every decoder there is. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  posted('application/x-ndjson', joined(jsonEvent, '\n')),
  posted('application/json', inArray(jsonEvent)),
  posted('text/csv', csv),
  posted('text/plain', joined(fc.oneof(text, jsonEvent, fc.constantFrom('{', '[', ']', '}')), '\n')),
  posted('application/x-www-form-urlencoded', joined(form, '')),
  { name: 'messages', make: messageDecoder, sound: joined(jsonEvent, ''), path: 'websocket', contentType: '' },
  {
    name: 'activity events',
    make: sink => activityEvents(sink, { ...options, truncateOversize: true }),
    sound: fc.oneof(joined(activityEvent, '\n'), inArray(activityEvent)),
    path: '/v1/telemetry/events',
    contentType: 'application/json',
  },
  {
    name: 'source envelopes',
    make: sink => sourceEnvelopes(sink, { ...options, kind: 'hosts' }),
    sound: fc.oneof(joined(sourceEnvelope, ''), inArray(jsonEvent)),
    path: '/api/collect/hosts',
    contentType: 'application/json',
  },
  {
    name: 'wide events',
    make: sink => wideEvents(sink, { ...options, onItem: () => undefined }),
    sound: fc.oneof(inArray(jsonEvent), joined(jsonEvent, ' ')),
    path: '/metrics/v1/save',
    contentType: 'application/json',
  },
  {
    name: 'remote write',
    make: sink =>
      remoteWrite(sink, {
        ...options,
        version: 1,
        isSnappy: false,
        known: new KnownFamilies(),
        written: { samples: 0, histograms: 0, exemplars: 0, refused: 0, firstProblem: undefined },
      }),
    sound: fc.array(writtenSeries, { maxLength: 6 }).map(all => Buffer.concat(all)),
    path: '/api/v1/write',
    contentType: 'application/x-protobuf',
  },
  scraped('text', ''),
  scraped('openmetrics', '# EOF\n'),
];
