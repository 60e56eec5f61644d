import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gauge, type Metric } from './metric.js';

/** Sampling interval of the event loop delay, in milliseconds. */
const DELAY_RESOLUTION_MS = 20;

const NANOS = 1e9;

/** Measures this process from one sample to the next. */
export interface OwnProcess {
  /** Returns the metrics since the last sample, or since the start. */
  sample(): Metric[];
  stop(): void;
}

/** Starts measuring this process. */
export function measureOwnProcess(): OwnProcess {
  const delays = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delays.enable();
  let cpu = process.cpuUsage();
  let at = performance.now();

  return {
    sample() {
      const { user, system } = process.cpuUsage(cpu);
      const now = performance.now();
      const micros = (now - at) * 1000;
      cpu = process.cpuUsage();
      at = now;
      // The histogram includes the sampling interval.
      const delay = (nanos: number): number => Math.max(0, nanos / NANOS - DELAY_RESOLUTION_MS / 1000);
      const { rss, heapUsed } = process.memoryUsage();
      const metrics = [
        gauge('process_cpu_usage', micros > 0 ? (100 * (user + system)) / micros : NaN, 'percent'),
        gauge('process_memory', rss, 'bytes'),
        gauge('process_heap', heapUsed, 'bytes'),
        gauge('process_event_loop_delay_mean', delay(delays.mean), 'seconds'),
        gauge('process_event_loop_delay_p99', delay(delays.percentile(99)), 'seconds'),
        gauge('process_event_loop_delay_max', delay(delays.max), 'seconds'),
        gauge('process_uptime', process.uptime(), 'seconds'),
      ];
      delays.reset();
      // Delays are NaN before the first measurement.
      return metrics.filter(({ value }) => Number.isFinite(value));
    },
    stop: () => void delays.disable(),
  };
}
