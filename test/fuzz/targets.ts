import fc from 'fast-check';
import type { EventSink } from '../../src/core/event.js';
import type { Decoder } from '../../src/formats/decoder.js';
import { activityEvents } from '../../src/formats/envelopes/activity.js';
import { sourceEnvelopes } from '../../src/formats/envelopes/source.js';
import { wideEvents } from '../../src/formats/envelopes/wide.js';
import { decoderFor } from '../../src/formats/media/decoder-for.js';
import { decodeMessage } from '../../src/formats/media/message.js';
import { jsonEvents } from '../../src/formats/json/events.js';
import { ExpositionDecoder } from '../../src/formats/prometheus/exposition.js';
import { statsdAggregate, timedEvent } from '../../src/formats/statsd/aggregate.js';
import { dogstatsdEvent, isDogstatsd } from '../../src/formats/statsd/dogstatsd.js';
import { statsdLine } from '../../src/formats/statsd/line.js';
import { FrameCutter } from '../../src/formats/syslog/frames.js';
import { syslogEvent } from '../../src/formats/syslog/message.js';
import { KnownFamilies } from '../../src/formats/prometheus/known-families.js';
import { remoteWrite } from '../../src/formats/prometheus/remote-write.js';
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

/** Events with OTLP documents among them, sound and not. */
const otlpBody = fc.constantFrom('{"stringValue":"x"}', '{"intValue":"1"}', '{"intValue":1e20}', '5', '"y"', 'null');
const otlpDocument = fc
  .tuple(
    fc.constantFrom('{"resourceLogs":[', '{ "resource_logs" : [', ''),
    fc.array(otlpBody, { maxLength: 3 }),
    fc.constantFrom('', '"traceId":"short",', '"timeUnixNano":"x",', '"severityNumber":9,'),
  )
  .map(([start, bodies, more]) => {
    const records = bodies.map(body => `{${more}"body":${body}}`).join(',');
    const ofResource = `{"resource":{"attributes":[]},"scopeLogs":[{"logRecords":[${records}]}]}`;
    return start === '' ? ofResource : `${start}${ofResource}]}`;
  });

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
    fc.constantFrom(
      '1',
      '-0.5',
      '+Inf',
      'NaN',
      '1e3',
      '{count:3,sum:1.5,bucket:[0.1:1,+Inf:3]}',
      '{count:2,sum:NaN,schema:3,zero_threshold:0,zero_count:0,positive_spans:[-3:1,2:1],positive_buckets:[1,1]}',
    ),
    fc.constantFrom('', ' 1395066363000', ' 1 st@0.5', ' # {trace_id="x"} 2 1.5', ' st@1 # {} 2 1 # {a="b"} 3'),
  )
  .map(([name, middle, value, end]) => `${name}${middle} ${value}${end}`);

/** What a server scrapes, it is not posted. */
const scraped = (format: 'text' | 'openmetrics', end: string): FuzzTarget => ({
  name: `Prometheus ${format}`,
  make: sink =>
    new ExpositionDecoder(sink, { ...options, format, labels: [['job', 'j']], time: '2026-01-01T00:00:00Z' }),
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

/** What a sender of syslog puts together, in an order of its own. */
const syslogPart = fc.constantFrom(
  'Nov 12 03:13:14',
  '*Nov 12 2026 03:13:14.398 CET:',
  '2026-11-12T03:13:14.123+0100',
  '1 2026-11-12T03:13:14Z h app 7 ID',
  '[a x="1\\]" y="2"]',
  '46:',
  'sw01:',
  '%SYS-5-CONFIG_I:',
  'h1',
  'sshd(pam_unix)[12]:',
  'app:',
  '{"a":"b: c"}',
  '-',
  '\ufeff',
);
const syslogMessage = fc
  .tuple(fc.constantFrom('<14>', '<191>', '<999>', ''), fc.array(fc.oneof(syslogPart, text), { maxLength: 7 }))
  .map(([pri, parts]) => pri + parts.join(' '));
const syslogStream = fc
  .array(fc.tuple(syslogMessage, fc.constantFrom('\n', '\0', '\r\n', 'counted')), { maxLength: 5 })
  .map(messages =>
    messages.map(([message, end]) => (end === 'counted' ? `${Buffer.byteLength(message)} ${message}` : message + end)),
  )
  .map(frames => Buffer.from(frames.join('')));

/** A connection's messages. */
function syslogDecoder(sink: EventSink): Decoder {
  const emit = jsonEvents(sink, options);
  const frames = new FrameCutter({
    maxBytes: MAX_EVENT_BYTES,
    message: bytes => emit(syslogEvent(bytes, { now: Date.UTC(2026, 10, 28), peer: '192.0.2.1' }).json),
    tooLarge: () => undefined,
  });
  return { write: chunk => frames.write(chunk), end: () => frames.end() };
}

const statsdSample = fc
  .tuple(
    fc.constantFrom('1', '-5', '+3.5', '1:2:3', 'x', ''),
    fc.constantFrom('c', 'g', 'ms', 'h', 'd', 's', 'q'),
    fc.constantFrom('', '|@0.1'),
  )
  .map(([value, type, rate]) => `${value}|${type}${rate}`);
const statsdName = fc.constantFrom('a', 'a.b', 'a,t=1', 'a;t=1', 'a#t=1', 'a[t=http://x]', '', 'größe');
const statsdFields = fc.constantFrom('', '|#a:b,c', '|c:ci-1', '|T1656581400', '|T1|#x:y|e:z|card:low');
const statsd = fc.oneof(
  fc
    .tuple(statsdName, fc.array(statsdSample, { minLength: 1, maxLength: 3 }), statsdFields)
    .map(([name, samples, fields]) => `${name}:${samples.join(':')}${fields}`),
  fc.constantFrom('_e{5,4}:Title|Text|#a:b', '_sc|db.up|2|m:no', '_e{1,1}:a|b|d:99999999999'),
);

/** A datagram is decoded when it is whole, and what was gathered is flushed at the end. */
function statsdDecoder(sink: EventSink): Decoder {
  const chunks: Uint8Array[] = [];
  return {
    write: chunk => void chunks.push(chunk.slice()),
    end() {
      const emit = jsonEvents(sink, options);
      const aggregate = statsdAggregate();
      for (const line of Buffer.concat(chunks).toString().split('\n')) {
        const event = isDogstatsd(line) ? dogstatsdEvent(line, '2026-01-01T00:00:00Z') : undefined;
        if (event !== undefined) emit(event);
        for (const sample of statsdLine(line, 'auto').samples) {
          if (sample.time === undefined) aggregate.add(sample);
          else emit(timedEvent(sample, sample.time));
        }
      }
      for (const event of aggregate.flush('2026-01-01T00:00:00Z', 10)) emit(event);
    },
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
  { ...posted('application/x-ndjson', joined(fc.oneof(otlpDocument, jsonEvent), '\n')), name: 'OTLP documents' },
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
  { name: 'syslog', make: syslogDecoder, sound: syslogStream, path: 'tcp', contentType: '' },
  { name: 'statsd', make: statsdDecoder, sound: joined(statsd, '\n'), path: 'udp', contentType: '' },
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
