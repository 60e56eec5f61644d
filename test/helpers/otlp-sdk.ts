import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as LogsGrpc } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as LogsJson } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as LogsProto } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as MetricsGrpc } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as MetricsJson } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as MetricsProto } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as TracesGrpc } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as TracesJson } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as TracesProto } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';

/** The exporters of the JavaScript SDK for one protocol of OTLP. */
export interface Exporters {
  readonly traces: SpanExporter;
  readonly logs: LogRecordExporter;
  readonly metrics: PushMetricExporter;
}

/** The three protocols that an SDK can be told to speak. */
export const PROTOCOLS = {
  'http/json': exporters(TracesJson, LogsJson, MetricsJson, true),
  'http/protobuf': exporters(TracesProto, LogsProto, MetricsProto, true),
  grpc: exporters(TracesGrpc, LogsGrpc, MetricsGrpc, false),
};

interface Config {
  url: string;
  headers: Record<string, string>;
}

function exporters(
  Traces: new (config: Config) => SpanExporter,
  Logs: new (config: Config) => LogRecordExporter,
  Metrics: new (config: Config) => PushMetricExporter,
  hasPaths: boolean,
) {
  return (url: string, headers: Record<string, string> = {}): Exporters => {
    const config = (path: string): Config => ({ url: hasPaths ? `${url}/v1/${path}` : url, headers });
    return {
      traces: new Traces(config('traces')),
      logs: new Logs(config('logs')),
      metrics: new Metrics(config('metrics')),
    };
  };
}

const RESOURCE = resourceFromAttributes({ 'service.name': 'shop', 'host.cpus': 8, tags: ['a', 'b'] });

/** 2024-07-03T05:16:55.563839123Z, as the API takes times: seconds and nanoseconds. */
const START: [number, number] = [1_719_983_815, 563_839_123];

/** Sends two spans, a trace with a parent and a child, and returns the ids of the parent. */
export async function sendSpans({ traces }: Exporters): Promise<{ traceId: string; spanId: string }> {
  const provider = new BasicTracerProvider({ resource: RESOURCE, spanProcessors: [new BatchSpanProcessor(traces)] });
  const tracer = provider.getTracer('checkout', '1.2.3');
  const linked = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
  };
  const parent = tracer.startSpan('POST /orders', {
    kind: SpanKind.SERVER,
    startTime: START,
    attributes: {
      'http.route': '/orders',
      'http.response.status_code': 500,
      ratio: 0.5,
      whole: 2.5,
      cached: false,
      list: [1, 2, 3],
      kind: 'an attribute named as a field',
    },
    links: [{ context: linked, attributes: { why: 'retry' } }],
  });
  parent.addEvent('exception', { 'exception.type': 'Error', line: 12 }, [START[0], START[1] + 1]);
  parent.setStatus({ code: SpanStatusCode.ERROR, message: 'no "stock"\n' });
  const child = tracer.startSpan(
    'query',
    { kind: SpanKind.CLIENT, startTime: START },
    trace.setSpan(ROOT_CONTEXT, parent),
  );
  child.end([START[0], START[1] + 1_500_000]);
  parent.end([START[0] + 2, START[1]]);
  await provider.forceFlush();
  await provider.shutdown();
  return parent.spanContext();
}

/** Sends a log record of each kind of body. */
export async function sendLogs({ logs }: Exporters): Promise<void> {
  const provider = new LoggerProvider({
    resource: RESOURCE,
    processors: [new BatchLogRecordProcessor({ exporter: logs })],
  });
  const logger = provider.getLogger('checkout', '1.2.3');
  const context = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
  });
  logger.emit({
    timestamp: START,
    observedTimestamp: [START[0], START[1] + 1],
    severityNumber: SeverityNumber.ERROR,
    severityText: 'ERROR',
    body: 'größer "quoted" \u0000 \u{1f600}',
    eventName: 'order.failed',
    attributes: {
      big: 2 ** 53 - 1,
      negative: -7,
      nested: { deep: { er: true } },
      raw: new Uint8Array([1, 2, 255]),
      none: null,
    },
    context,
  });
  logger.emit({ timestamp: START, body: { code: 7, parts: ['a', 1.5] } });
  await provider.forceFlush();
  await provider.shutdown();
}

/** Sends a metric of each kind that the SDK makes. */
export async function sendMetrics({ metrics }: Exporters): Promise<void> {
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({
    resource: RESOURCE,
    readers: [reader],
    views: [
      { instrumentName: 'size', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
      {
        instrumentName: 'latency',
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [10, 100, 1000] } },
      },
    ],
  });
  const meter = provider.getMeter('checkout', '1.2.3');
  meter.createCounter('orders', { unit: '{order}', description: 'Orders placed' }).add(3, { 'http.route': '/orders' });
  meter.createUpDownCounter('open').add(-2);
  meter.createGauge('load').record(0.75, { name: 'cpu' });
  const latency = meter.createHistogram('latency', { unit: 'ms' });
  for (const value of [5, 50, 60, 70, 500]) latency.record(value);
  const size = meter.createHistogram('size');
  for (const value of [1, 2, 4, 8, 16]) size.record(value);
  // A shutdown exports as well.
  await provider.shutdown();
}
