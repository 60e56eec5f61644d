import { cpus, loadavg, uptime } from 'node:os';
import { currentLoad, disksIO, fsSize, fsStats, mem, networkStats } from 'systeminformation';
import { counter, gauge, percent, type Metric } from './metric.js';

/** The measured parts of the machine, by name. Some run a system program such as df. */
const PARTS: Readonly<Record<string, MachinePart>> = {
  cpu,
  memory,
  disk,
  'disk traffic': diskTraffic,
  network,
  load,
};

/** Time limit of a part, in milliseconds: a hanging file system must not block the other parts. */
const PART_TIMEOUT_MS = 5000;

/** The metrics, and the names of parts that could not be measured. */
export interface MachineSample {
  readonly metrics: readonly Metric[];
  readonly missing: readonly string[];
}

/** A function that measures a part of the machine. */
export type MachinePart = () => Promise<Metric[]> | Metric[];

/**
 * Creates a function that measures the machine. It blocks for some ten milliseconds where the library runs programs, so
 * do not call it in a thread that others wait for. Skips a part whose last measurement is still running, so that programs
 * do not pile up.
 * @param timeoutMs time limit of a part
 */
export function machineSampler(
  parts: Readonly<Record<string, MachinePart>> = PARTS,
  timeoutMs = PART_TIMEOUT_MS,
): () => Promise<MachineSample> {
  const running = new Set<string>();

  async function measure(name: string, part: MachinePart): Promise<Metric[]> {
    if (running.has(name)) throw new Error(`${name} is still being measured`);
    running.add(name);
    try {
      return await part();
    } finally {
      running.delete(name);
    }
  }

  return async () => {
    const names = Object.keys(parts);
    const results = await Promise.allSettled(names.map(name => within(timeoutMs, name, measure(name, parts[name]!))));
    return {
      metrics: results.flatMap(result => (result.status === 'fulfilled' ? result.value : [])).filter(isMeasured),
      missing: names.filter((_, i) => results[i]?.status === 'rejected'),
    };
  };
}

/** False for null, -1 and NaN, by which the library marks unknown values. */
function isMeasured({ value }: Metric): boolean {
  return Number.isFinite(value) && value >= 0;
}

async function within<T>(ms: number, name: string, measuring: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([measuring, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function cpu(): Promise<Metric[]> {
  const load = await currentLoad();
  return [
    gauge('cpu_usage', load.currentLoad, 'percent'),
    gauge('cpu_usage_user', load.currentLoadUser, 'percent'),
    gauge('cpu_usage_system', load.currentLoadSystem, 'percent'),
    gauge('cpu_usage_steal', load.currentLoadSteal, 'percent'),
    gauge('cpu_count', cpus().length, 'count'),
  ];
}

async function memory(): Promise<Metric[]> {
  const { total, available, swaptotal, swapused } = await mem();
  return [
    gauge('memory_usage', percent(total - available, total), 'percent'),
    gauge('memory_total', total, 'bytes'),
    gauge('memory_used', total - available, 'bytes'),
    gauge('memory_available', available, 'bytes'),
    gauge('swap_usage', percent(swapused, swaptotal), 'percent'),
    gauge('swap_total', swaptotal, 'bytes'),
    gauge('swap_used', swapused, 'bytes'),
  ];
}

async function disk(): Promise<Metric[]> {
  return (await fsSize()).flatMap(({ fs, type, mount, size, used, available }) => {
    const labels = { device: fs, mount, file_system: type };
    return [
      gauge('disk_usage', percent(used, used + available), 'percent', labels),
      gauge('disk_total', size, 'bytes', labels),
      gauge('disk_used', used, 'bytes', labels),
      gauge('disk_available', available, 'bytes', labels),
    ];
  });
}

async function diskTraffic(): Promise<Metric[]> {
  // Null where unknown, although the types exclude it.
  const bytes = (await fsStats()) as Awaited<ReturnType<typeof fsStats>> | null;
  const operations = (await disksIO()) as Awaited<ReturnType<typeof disksIO>> | null;
  return [
    counter('disk_read_bytes', bytes?.rx ?? NaN, 'bytes'),
    counter('disk_written_bytes', bytes?.wx ?? NaN, 'bytes'),
    counter('disk_read_operations', operations?.rIO ?? NaN, 'count'),
    counter('disk_write_operations', operations?.wIO ?? NaN, 'count'),
  ];
}

async function network(): Promise<Metric[]> {
  return (await networkStats('*')).flatMap(stats => {
    const labels = { interface: stats.iface };
    return [
      counter('network_received_bytes', stats.rx_bytes, 'bytes', labels),
      counter('network_sent_bytes', stats.tx_bytes, 'bytes', labels),
      counter('network_receive_errors', stats.rx_errors, 'count', labels),
      counter('network_send_errors', stats.tx_errors, 'count', labels),
      counter('network_receive_drops', stats.rx_dropped, 'count', labels),
      counter('network_send_drops', stats.tx_dropped, 'count', labels),
    ];
  });
}

function load(): Metric[] {
  const [one = NaN, five = NaN, fifteen = NaN] = loadavg();
  return [
    gauge('load_1m', one, 'count'),
    gauge('load_5m', five, 'count'),
    gauge('load_15m', fifteen, 'count'),
    gauge('uptime', uptime(), 'seconds'),
  ];
}
