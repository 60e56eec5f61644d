/** Something measured. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly value: number;
  readonly unit: 'percent' | 'bytes' | 'seconds' | 'count';
  /** What tells it from others of its name: a disk, a network interface. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Describes how things are now. */
export function gauge(name: string, value: number, unit: Metric['unit'], labels?: Metric['labels']): Metric {
  return { name, type: 'gauge', value, unit, ...(labels && { labels }) };
}

/** Describes a total since the machine or the process started. */
export function counter(name: string, value: number, unit: Metric['unit'], labels?: Metric['labels']): Metric {
  return { name, type: 'counter', value, unit, ...(labels && { labels }) };
}

/** A part of a whole in percent; 0 of nothing. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}
