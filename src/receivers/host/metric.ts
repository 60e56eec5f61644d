/** A measured value. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly value: number;
  readonly unit: 'percent' | 'bytes' | 'seconds' | 'count';
  /** Labels that distinguish metrics of the same name, such as a disk or a network interface. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Creates a metric of a current value. */
export function gauge(name: string, value: number, unit: Metric['unit'], labels?: Metric['labels']): Metric {
  return { name, type: 'gauge', value, unit, ...(labels && { labels }) };
}

/** Creates a metric of a total since the start of the machine or the process. */
export function counter(name: string, value: number, unit: Metric['unit'], labels?: Metric['labels']): Metric {
  return { name, type: 'counter', value, unit, ...(labels && { labels }) };
}

/** A share in percent; 0 when the whole is 0. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}
