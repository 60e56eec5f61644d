import { numberText } from '../number-text.js';
import type { Label } from '../flat-labels.js';
import { fieldsOf, labelOf } from './fields.js';

/** What a statsd client reports of a metric. */
export type StatsdType = 'counter' | 'gauge' | 'timer' | 'histogram' | 'distribution' | 'set';

/** One sample of a metric. */
export interface StatsdSample {
  readonly name: string;
  readonly type: StatsdType;
  /** Text: a set counts what it has not seen, whatever it is. */
  readonly value: string;
  /** Whether a gauge's value is a change (`+3`, `-3`). */
  readonly isChange: boolean;
  /** The share of events that are sent, above 0 and at most 1. */
  readonly rate: number;
  readonly tags: readonly Label[];
}

/** Types by their letters: those of statsd, and `h` and `d` of DogStatsD. */
const TYPES: Readonly<Record<string, StatsdType>> = {
  c: 'counter',
  m: 'counter',
  g: 'gauge',
  ms: 'timer',
  h: 'histogram',
  d: 'distribution',
  s: 'set',
};

/**
 * Reads a line `name:value|type[|@rate][|#tag:value,...]`, in DogStatsD's form with several values `name:1:2|ms`, and
 * with tags in the name as InfluxDB (`name,tag=value`) and Graphite (`name;tag=value`) have them. Other fields of
 * DogStatsD (container, timestamp) are passed over. Undefined when it is none.
 */
export function statsdSamples(line: string): StatsdSample[] | undefined {
  const [head = '', letters = '', ...fields] = line.split('|');
  const colon = head.indexOf(':');
  const type = Object.hasOwn(TYPES, letters) ? TYPES[letters] : undefined;
  if (colon <= 0 || type === undefined) return undefined;
  const [name = '', ...inName] = head.slice(0, colon).split(/[,;]/);
  if (name === '') return undefined;
  const { rate, tags } = fieldsOf(
    fields,
    inName.map(tag => labelOf(tag, '=')),
  );
  if (!(rate > 0 && rate <= 1)) return undefined;
  const rest = head.slice(colon + 1);
  const samples: StatsdSample[] = [];
  for (const value of type === 'set' ? [rest] : rest.split(':')) {
    const number = numberText(value);
    if (type !== 'set' && (!number || number.special !== undefined)) return undefined;
    samples.push({ name, type, value, isChange: type === 'gauge' && /^[+-]/.test(value), rate, tags });
  }
  return samples;
}
