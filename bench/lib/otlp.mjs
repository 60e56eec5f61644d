import { drawsFrom, randomFrom } from './random.mjs';

const START_NANOS = 1_719_983_815_000_000_000n;

const ROUTES = ['/api/orders', '/api/orders/{id}', '/api/users/{id}', '/login', '/search'];
const MESSAGES = ['request done', 'cache miss, loading', 'retrying the upstream', 'could not reach the database'];
const LEVELS = [
  [5, 'DEBUG'],
  [9, 'INFO'],
  [9, 'INFO'],
  [13, 'WARN'],
  [17, 'ERROR'],
];

const RESOURCE = {
  'service.name': 'checkout',
  'service.version': '1.42.0',
  'deployment.environment.name': 'production',
  'host.name': 'node-7',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.name': 'opentelemetry',
  'telemetry.sdk.version': '2.12.1',
};

/** A request of log records as an SDK sends them, the same at every call, as the JSON of OTLP: an object. */
export function logsRequest(records, seed = 1) {
  const draws = drawsFrom(randomFrom(seed));
  return {
    resourceLogs: [
      {
        resource: { attributes: attributes(RESOURCE) },
        scopeLogs: [
          {
            scope: { name: 'http', version: '1.0.0' },
            logRecords: Array.from({ length: records }, (_, i) => logRecord(draws, i)),
          },
        ],
      },
    ],
  };
}

function logRecord({ pick, below, hex, uuid }, i) {
  const [severityNumber, severityText] = pick(LEVELS);
  const time = String(START_NANOS + BigInt(i) * 1_000_003n);
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber,
    severityText,
    body: { stringValue: `${pick(MESSAGES)} after ${below(900)} ms` },
    attributes: attributes({
      'http.request.method': 'GET',
      'http.route': pick(ROUTES),
      'http.response.status_code': pick([200, 200, 204, 404, 500]),
      'user.id': uuid(),
      'cache.hit': below(2) === 1,
    }),
    traceId: hex(32),
    spanId: hex(16),
  };
}

function attributes(values) {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value) {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  return { stringValue: value };
}

/** The same request as protobuf: opentelemetry-proto's logs.proto, written by its field numbers. */
export function logsProtobuf({ resourceLogs }) {
  return Buffer.concat(
    resourceLogs.map(({ resource, scopeLogs }) =>
      field(1, [
        field(
          1,
          resource.attributes.map(attribute => field(1, keyValue(attribute))),
        ),
        ...scopeLogs.map(({ scope, logRecords }) =>
          field(2, [
            field(1, [text(1, scope.name), text(2, scope.version)]),
            ...logRecords.map(record => field(2, logRecordFields(record))),
          ]),
        ),
      ]),
    ),
  );
}

function logRecordFields(record) {
  return [
    fixed64(1, record.timeUnixNano),
    varint(2, record.severityNumber),
    text(3, record.severityText),
    field(5, anyValueFields(record.body)),
    ...record.attributes.map(attribute => field(6, keyValue(attribute))),
    field(9, [Buffer.from(record.traceId, 'hex')]),
    field(10, [Buffer.from(record.spanId, 'hex')]),
    fixed64(11, record.observedTimeUnixNano),
  ];
}

function keyValue({ key, value }) {
  return [text(1, key), field(2, anyValueFields(value))];
}

function anyValueFields({ stringValue, boolValue, intValue }) {
  if (stringValue !== undefined) return [text(1, stringValue)];
  return boolValue === undefined ? [varint(3, Number(intValue))] : [varint(2, boolValue ? 1 : 0)];
}

function field(number, parts) {
  const content = Buffer.concat(parts);
  return Buffer.concat([number64(number * 8 + 2), number64(content.length), content]);
}

function text(number, value) {
  return field(number, [Buffer.from(value)]);
}

function varint(number, value) {
  return Buffer.concat([number64(number * 8), number64(value)]);
}

function fixed64(number, value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return Buffer.concat([number64(number * 8 + 1), bytes]);
}

function number64(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
