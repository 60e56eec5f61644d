import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { PROTOCOLS, sendLogs, sendMetrics, sendSpans, type Exporters } from '../helpers/otlp-sdk.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { readStore, storedStreams, temporaryStore } from '../helpers/store.js';

type Protocol = keyof typeof PROTOCOLS;

/** A server, and the SDK's exporters that send to it. */
async function receiver(
  protocol: Protocol,
): Promise<{ exporters: Exporters; ask: (sql: string) => Promise<unknown[]>; store: string }> {
  const store = temporaryStore();
  const server = await serveInProcess({ store, args: ['--otlp-grpc', '127.0.0.1:0'] });
  const grpc = /otlp grpc: +(\S+)/.exec(server.said())![1]!;
  return {
    store,
    exporters: PROTOCOLS[protocol](protocol === 'grpc' ? `http://${grpc}` : server.url),
    async ask(sql) {
      const { out, err } = await commandInProcess(
        ['query', '--store', store, '--tz', 'UTC', '--format', 'ndjson', sql],
        {
          cwd: store,
        },
      );
      expect(err).toBe('');
      return out
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as unknown);
    },
  };
}

const OUTER = `service_name, "service.name", "host.cpus", tags, scope_name, scope_version`;
const OUTER_VALUES = {
  service_name: 'shop',
  'service.name': 'shop',
  'host.cpus': 8,
  tags: ['a', 'b'],
  scope_name: 'checkout',
  scope_version: '1.2.3',
};

describe.each(['http/json', 'http/protobuf', 'grpc'] as const)('the JavaScript SDK over %s', protocol => {
  test('given spans, then each is an event with every field', async () => {
    const { exporters, ask, store } = await receiver(protocol);

    const { traceId, spanId } = await sendSpans(exporters);

    const rows = await ask(
      `select type, name, time, trace_id, span_id, parent_span_id, kind, status, status_message, "start",
         start_time_unix_nano::VARCHAR as start_ns, end_time_unix_nano::VARCHAR as end_ns, duration_ns, duration_ms,
         events, links, "http.route", "http.response.status_code", ratio, whole, cached, list, "attributes.kind", ${OUTER}
       from events order by name`,
    );
    const common = {
      type: 'trace',
      trace_id: traceId,
      time: '2024-07-03T05:16:55.563839Z',
      start: '2024-07-03T05:16:55.563839123Z',
      start_ns: '1719983815563839123',
      ...OUTER_VALUES,
    };
    expect(rows).toEqual([
      {
        ...common,
        name: 'POST /orders',
        span_id: spanId,
        parent_span_id: null,
        kind: 'server',
        status: 'error',
        status_message: 'no "stock"\n',
        end_ns: '1719983817563839123',
        duration_ns: 2_000_000_000,
        duration_ms: 2000,
        events: [
          {
            time_unix_nano: expect.any(Number) as number,
            name: 'exception',
            attributes: { 'exception.type': 'Error', line: 12 },
          },
        ],
        links: [
          {
            trace_id: '0af7651916cd43dd8448eb211c80319c',
            span_id: 'b7ad6b7169203331',
            flags: 257,
            attributes: { why: 'retry' },
          },
        ],
        'http.route': '/orders',
        'http.response.status_code': 500,
        ratio: 0.5,
        whole: 2.5,
        cached: false,
        list: [1, 2, 3],
        'attributes.kind': 'an attribute named as a field',
      },
      {
        ...common,
        name: 'query',
        span_id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        parent_span_id: spanId,
        kind: 'client',
        status: 'unset',
        status_message: null,
        end_ns: '1719983815565339123',
        duration_ns: 1_500_000,
        duration_ms: 1.5,
        events: null,
        links: null,
        'http.route': null,
        'http.response.status_code': null,
        ratio: null,
        whole: null,
        cached: null,
        list: null,
        'attributes.kind': null,
      },
    ]);
    expect(storedStreams(store)).toMatchObject([
      protocol === 'grpc'
        ? { transport: 'otlp-grpc', path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export', events: 2 }
        : { transport: 'otlp-http', path: '/v1/traces', events: 2 },
    ]);
  });

  test('given that compression is asked for, then it is sent so, and stored all the same', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { exporters, ask, store } = await receiver(protocol);

    await sendSpans(exporters);

    expect(await ask('select name from events order by name')).toEqual([{ name: 'POST /orders' }, { name: 'query' }]);
    const [stream] = readStore<{ headers: string }>(store, 'select headers from streams');
    // The headers of gRPC's own encoding are no metadata.
    if (protocol !== 'grpc') expect(JSON.parse(stream!.headers)).toMatchObject({ 'content-encoding': 'gzip' });
  });

  test('given logs, then each is an event with every field', async () => {
    const { exporters, ask } = await receiver(protocol);

    await sendLogs(exporters);

    const rows = await ask(
      `select type, name, time, time_unix_nano::VARCHAR as ns, observed_time_unix_nano::VARCHAR as observed,
         severity_number, severity_text, body, "body.code", "body.parts", trace_id, span_id, flags, big, negative,
         "nested.deep.er", raw, "none", ${OUTER} from events order by id`,
    );
    expect(rows).toEqual([
      {
        type: 'log',
        name: 'order.failed',
        time: '2024-07-03T05:16:55.563839Z',
        ns: '1719983815563839123',
        observed: '1719983815563839124',
        severity_number: 17,
        severity_text: 'ERROR',
        body: 'größer "quoted" \u0000 \u{1f600}',
        'body.code': null,
        'body.parts': null,
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        span_id: 'b7ad6b7169203331',
        flags: 1,
        big: 9_007_199_254_740_991,
        negative: -7,
        'nested.deep.er': true,
        raw: 'AQL/',
        none: null,
        ...OUTER_VALUES,
      },
      expect.objectContaining({
        type: 'log',
        name: null,
        severity_number: null,
        body: '{"code":7,"parts":["a",1.5]}',
        'body.code': 7,
        'body.parts': ['a', 1.5],
        ...OUTER_VALUES,
      }),
    ]);
  });

  test('given metrics, then each data point is an event with every field', async () => {
    const { exporters, ask } = await receiver(protocol);

    await sendMetrics(exporters);

    const rows = await ask(
      `select type, name, unit, description, metric_type, temporality, is_monotonic, metric_value, "http.route",
         "attributes.name", count, sum, min, max, bounds, buckets, "scale", positive_offset, zero_count,
         percentile_50, percentile_90, percentile_95, percentile_99,
         time > now() - interval 1 hour as is_recent, start_time_unix_nano is not null as has_start, ${OUTER}
       from events order by name`,
    );
    const nothing = {
      unit: null,
      description: null,
      temporality: null,
      is_monotonic: null,
      metric_value: null,
      'http.route': null,
      'attributes.name': null,
      count: null,
      sum: null,
      min: null,
      max: null,
      bounds: null,
      buckets: null,
      scale: null,
      positive_offset: null,
      zero_count: null,
      percentile_50: null,
      percentile_90: null,
      percentile_95: null,
      percentile_99: null,
    };
    const common = { ...nothing, type: 'metric', is_recent: true, has_start: true, ...OUTER_VALUES };
    expect(rows).toEqual([
      {
        ...common,
        name: 'latency',
        unit: 'ms',
        metric_type: 'histogram',
        temporality: 'cumulative',
        count: 5,
        sum: 685,
        min: 5,
        max: 500,
        bounds: [10, 100, 1000],
        buckets: [1, 3, 1, 0],
        percentile_50: 55,
        percentile_90: 300,
        percentile_95: 400,
        percentile_99: expect.closeTo(480) as number,
      },
      { ...common, name: 'load', metric_type: 'gauge', metric_value: 0.75, 'attributes.name': 'cpu' },
      { ...common, name: 'open', metric_type: 'sum', temporality: 'cumulative', is_monotonic: false, metric_value: -2 },
      {
        ...common,
        name: 'orders',
        unit: '{order}',
        description: 'Orders placed',
        metric_type: 'sum',
        temporality: 'cumulative',
        is_monotonic: true,
        metric_value: 3,
        'http.route': '/orders',
      },
      {
        ...common,
        name: 'size',
        metric_type: 'exponential_histogram',
        temporality: 'cumulative',
        count: 5,
        sum: 31,
        min: 1,
        max: 16,
        scale: expect.any(Number) as number,
        positive_offset: expect.any(Number) as number,
        zero_count: 0,
        bounds: expect.any(Array) as unknown[],
        buckets: expect.any(Array) as unknown[],
        percentile_50: expect.closeTo(4, 0) as number,
        percentile_90: expect.any(Number) as number,
        percentile_95: expect.any(Number) as number,
        percentile_99: expect.closeTo(16, 0) as number,
      },
    ]);
  });
});
