import { numberText, valueOf, type NumberText } from '../json/number-text.js';
import { estimatePercentile, type Bucket } from '../otlp/percentiles.js';
import { percentileMembers } from '../percentiles.js';
import type { Part } from './family.js';
import { LineError } from './line-error.js';
import { seriesOf, type SeriesSample } from './series.js';

/** An item of a list: a number, or two separated by a colon, such as a bound and its count. */
type Item = readonly [first: NumberText, second: NumberText | undefined];

/** A value of OpenMetrics 2.0 with fields: a whole histogram or summary in one sample. */
export interface Composite {
  readonly numbers: ReadonlyMap<string, NumberText>;
  readonly lists: ReadonlyMap<string, readonly Item[]>;
}

/** The members that a native histogram adds to its event. */
export const NATIVE_KEYS = [
  'schema',
  'zero_threshold',
  'zero_count',
  'negative_spans',
  'negative_buckets',
  'positive_spans',
  'positive_buckets',
] as const;

const FIELD = /([a-z_]+):(?:\[([^\]]*)\]|([^,}[\]]+))(,|\})/y;

/** Schemas whose bounds are powers of two: -9 to 52 (OpenMetrics 2.0, "Native Buckets"). */
const MIN_SCHEMA = -9;
const MAX_SCHEMA = 52;

/**
 * Reads `{count:17,sum:324.3,bucket:[0.1:8,+Inf:17]}` at an offset (OpenMetrics 2.0, "CompositeValues"). Skips unknown
 * fields.
 * @throws LineError for anything else.
 */
export function compositeAt(line: string, open: number): { readonly composite: Composite; readonly end: number } {
  const numbers = new Map<string, NumberText>();
  const lists = new Map<string, readonly Item[]>();
  let at = open + 1;
  for (;;) {
    FIELD.lastIndex = at;
    const [all, name = '', list, number, end] = FIELD.exec(line) ?? [];
    if (all === undefined) throw new LineError('a composite value has a field that cannot be read', line, at);
    if (numbers.has(name) || lists.has(name)) throw new LineError(`"${name}" is there twice`, line, at);
    if (list === undefined) numbers.set(name, numberOf(number!, line, at));
    else lists.set(name, list === '' ? [] : list.split(',').map(item => itemOf(item, line, at)));
    at += all.length;
    if (end === '}') return { composite: { numbers, lists }, end: at };
  }
}

function itemOf(item: string, line: string, at: number): Item {
  const colon = item.indexOf(':');
  if (colon < 0) return [numberOf(item, line, at), undefined];
  return [numberOf(item.slice(0, colon), line, at), numberOf(item.slice(colon + 1), line, at)];
}

function numberOf(text: string, line: string, at: number): NumberText {
  const number = numberText(text);
  if (!number) throw new LineError(`"${text}" is not a number`, line, at);
  return number;
}

/** True when a value has native buckets. */
export function isNative({ numbers }: Composite): boolean {
  return numbers.has('schema');
}

/** The fields that correspond to parts of a series. */
const PARTS: readonly (readonly [name: string, part: Part])[] = [
  ['count', 'count'],
  ['gcount', 'count'],
  ['sum', 'sum'],
  ['gsum', 'sum'],
  ['bucket', 'bucket'],
  ['quantile', 'quantile'],
];

/**
 * The members of a histogram or summary in one sample, the same as for a series of several samples, each with a leading
 * comma.
 * @param sample everything but its value
 * @throws LineError when it is neither.
 */
export function compositeMembers(value: Composite, sample: Omit<SeriesSample, 'value'>, line: string): string {
  const parts: Pick<SeriesSample, 'part' | 'at' | 'value'>[] = [];
  for (const [name, part] of PARTS) {
    const number = value.numbers.get(name);
    if (number) parts.push({ part, at: undefined, value: number });
    for (const [at, count] of value.lists.get(name) ?? []) {
      if (!count) throw new LineError(`an item of "${name}" has no value`, line);
      parts.push({ part, at, value: count });
    }
  }
  const [first, ...others] = parts;
  if (!first) throw new LineError('a composite value has neither a count nor a sum', line);
  const series = seriesOf({ ...sample, ...first });
  for (const other of others) series.add({ ...sample, ...other, exemplars: [] });
  return series.members() + (isNative(value) ? nativeMembers(value, line) : '');
}

/**
 * The native buckets of a value as members, each with a leading comma: spans as objects, the counts as sent.
 * Percentiles are estimated from them in the absence of classic buckets.
 * @throws LineError when spans and buckets do not match.
 */
function nativeMembers(composite: Composite, line: string): string {
  const { numbers, lists } = composite;
  let json = '';
  for (const key of NATIVE_KEYS) {
    const number = numbers.get(key);
    const items = lists.get(key);
    if (number) json += `,"${key}":${number.json}`;
    if (items) json += `,"${key}":[${items.map(itemJson).join(',')}]`;
  }
  const buckets = nativeBuckets(composite, line);
  const hasClassic = (lists.get('bucket')?.length ?? 0) > 0;
  const distribution = { buckets, min: undefined, max: undefined, scale: 'exponential' as const };
  return hasClassic ? json : json + percentileMembers(share => estimatePercentile(share, distribution) ?? NaN);
}

function itemJson([first, second]: Item): string {
  return second ? `{"offset":${first.json},"length":${second.json}}` : first.json;
}

/** The buckets in ascending order. */
function nativeBuckets(composite: Composite, line: string): Bucket[] {
  const { numbers } = composite;
  const valueAt = (key: string): number => {
    const number = numbers.get(key);
    return number ? valueOf(number) : 0;
  };
  const positive = populated(composite, 'positive', line);
  const negative = populated(composite, 'negative', line);
  const schema = valueAt('schema');
  if (!(schema >= MIN_SCHEMA && schema <= MAX_SCHEMA)) return [];
  const bound = (index: number): number => 2 ** (index * 2 ** -schema);
  const zero = valueAt('zero_threshold');
  const isOneSided = negative.length === 0;
  return [
    ...negative.reverse().map(([index, count]) => ({ low: -bound(index), high: -bound(index - 1), count })),
    { low: isOneSided ? 0 : -zero, high: zero, count: valueAt('zero_count') },
    ...positive.map(([index, count]) => ({ low: bound(index - 1), high: bound(index), count })),
  ];
}

/**
 * The indexes and counts of the buckets of one side: the offset of the first span is an index, those of the others are
 * gaps.
 */
function populated({ lists }: Composite, side: string, line: string): [index: number, count: number][] {
  const counts = lists.get(`${side}_buckets`) ?? [];
  const found: [number, number][] = [];
  let index = 0;
  for (const [offset, length] of lists.get(`${side}_spans`) ?? []) {
    index += valueOf(offset);
    const end = found.length + (length ? valueOf(length) : NaN);
    // Negated, to catch NaN as well.
    if (!(end <= counts.length)) break;
    while (found.length < end) found.push([index++, valueOf(counts[found.length]![0])]);
  }
  if (found.length !== counts.length) throw new LineError(`${side}_spans do not fit ${side}_buckets`, line, 0);
  return found;
}
