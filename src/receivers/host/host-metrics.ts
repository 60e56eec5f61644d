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

/** The service_name of metrics of the machine, and of the server process. */
const SERVICES = { machine: 'host', own: 'telemetry' } as const;

/** The context of host metrics. */
export interface HostMetricsContext {
  readonly intervalMs: number;
  /** Logs a line for the operator. */
  readonly log: (text: string) => void;
  /** Stops measuring. */
  readonly signal: AbortSignal;
}

/** Measures the machine and this process, at once and then at each interval, until the signal aborts. */
export async function hostMetricsTransport(intake: Intake, context: HostMetricsContext): Promise<void> {
  const { intervalMs, signal, log } = context;
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
    if (now !== missing) log(now === '' ? 'host metrics are complete again' : `host metrics lack ${now}`);
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
