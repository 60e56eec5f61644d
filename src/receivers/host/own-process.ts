import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gauge, type Metric } from './metric.js';

/** How often the delay of the event loop is looked at, in milliseconds. */
const DELAY_RESOLUTION_MS = 20;

const NANOS = 1e9;

/** Measures this process from one sample to the next. */
export interface OwnProcess {
  /** Of all the time since the last sample, or since the start. */
  sample(): Metric[];
  stop(): void;
}

/** Starts to measure this process. */
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
      // What is above the resolution is delay.
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
      // Before anything was measured the delays are NaN.
      return metrics.filter(({ value }) => Number.isFinite(value));
    },
    stop: () => void delays.disable(),
  };
}
