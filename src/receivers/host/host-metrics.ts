import { hostname } from 'node:os';
import { messageOf } from '../../core/errors.js';
import { every } from '../../core/every.js';
import { jsonEvents } from '../../formats/json/events.js';
import type { MachineSample } from './machine.js';
import type { Metric } from './metric.js';
import { measureOwnProcess } from './own-process.js';
import { createSampler } from './sampler.js';
import type { Intake } from '../intake.js';
import { sourceStream } from '../http/source-stream.js';

/** What the metrics of the machine, and those of the server itself, have as their service_name. */
const SERVICES = { machine: 'host', own: 'telemetry' } as const;

/** What host metrics have beside the intake. */
export interface HostMetricsContext {
  readonly intervalMs: number;
  /** Tells the operator, in one line. */
  readonly say: (text: string) => void;
  /** Ends them. */
  readonly signal: AbortSignal;
}

/** Measures the machine and this process, at once and then at every interval, until the signal aborts. */
export async function hostMetricsTransport(intake: Intake, context: HostMetricsContext): Promise<void> {
  const { intervalMs, signal, say } = context;
  const host = hostname();
  const stream = sourceStream(intake, { transport: 'host-metrics', remote: host });
  const emit = jsonEvents(stream.sink, intake);
  const own = measureOwnProcess();
  const sampler = createSampler();
  let missing = '';

  function store(metrics: readonly Metric[], service: string, time: string): void {
    for (const { name, type, value, unit, labels } of metrics) {
      emit(
        JSON.stringify({
          time,
          type: 'metric',
          metric_name: name,
          metric_type: type,
          service_name: service,
          host_name: host,
          metric_value: value,
          metric_unit: unit,
          ...labels,
        }),
      );
    }
  }

  async function once(): Promise<void> {
    const time = new Date().toISOString();
    const sample = await sampler.sample(signal).catch((error: unknown): MachineSample => {
      if (signal.aborted) throw error;
      return { metrics: [], missing: [`the machine: ${messageOf(error)}`] };
    });
    store(sample.metrics, SERVICES.machine, time);
    store(own.sample(), SERVICES.own, time);
    const now = sample.missing.join(', ');
    if (now !== missing) say(now === '' ? 'host metrics are complete again' : `host metrics lack ${now}`);
    missing = now;
  }

  try {
    await every(intervalMs, signal, once);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    own.stop();
    await sampler.stop();
    stream.close();
  }
}
