import { valueOf, type NumberText } from '../json/number-text.js';
import { histogramQuantile, percentileMembers, PERCENTILES } from '../percentiles.js';
import type { Label } from '../text/flat-labels.js';
import type { Part } from './family.js';

/** A sample, prepared for its series. */
export interface SeriesSample {
  readonly part: Part;
  /** Without `le` and `quantile`. */
  readonly labels: readonly Label[];
  /** The bound of a bucket or the quantile; undefined for the other parts. */
  readonly at: NumberText | undefined;
  readonly value: NumberText;
  /** As JSON. */
  readonly time: string;
  /** Start of counting (OpenMetrics 2.0). */
  readonly start: NumberText | undefined;
  /** Each as JSON, without its bound. */
  readonly exemplars: readonly string[];
}

/** The samples of one series at one time: one event. */
export interface Series {
  /** The labels and time of its first sample. */
  readonly first: SeriesSample;
  /** Takes a sample; returns false when the series already has that part. */
  add(sample: SeriesSample): boolean;
  /** Its members, each with a leading comma, without labels. */
  members(): string;
}

/** Creates the series of a first sample. */
export function seriesOf(first: SeriesSample): Series {
  const single = new Map<Part, SeriesSample>();
  const buckets = new Map<string, SeriesSample>();
  const quantiles = new Map<string, SeriesSample>();
  const exemplars: string[] = [];
  let start: NumberText | undefined;

  function add(sample: SeriesSample): boolean {
    const { part, at } = sample;
    const [place, key]: [Map<string, SeriesSample>, string] =
      part === 'bucket'
        ? [buckets, boundJson(at!)]
        : part === 'quantile'
          ? [quantiles, boundJson(at!)]
          : [single, part];
    if (place.has(key)) return false;
    place.set(key, sample);
    for (const exemplar of sample.exemplars) {
      exemplars.push(part === 'bucket' ? `{"le":${key},${exemplar.slice(1)}` : exemplar);
    }
    start ??= sample.start;
    return true;
  }

  add(first);
  return {
    first,
    add,
    members() {
      const number = (name: string, part: Part): string => {
        const sample = single.get(part);
        return sample ? `,"${name}":${sample.value.json}` : '';
      };
      return (
        valueMembers(single.get('value')?.value) +
        number('count', 'count') +
        number('sum', 'sum') +
        list('buckets', 'le', 'count', buckets) +
        list('quantiles', 'quantile', 'value', quantiles) +
        percentiles(buckets, quantiles) +
        (single.has('created') ? number('created', 'created') : createdMember(start)) +
        exemplarsMember(exemplars)
      );
    },
  };
}

/** `metric_value`, and `metric_value_text` for a value that JSON lacks: the column stays numeric. */
export function valueMembers(value: NumberText | undefined): string {
  if (!value) return '';
  const text = value.special === undefined ? '' : `,"metric_value_text":"${value.special}"`;
  return `,"metric_value":${value.json}${text}`;
}

/** Start of counting, in seconds since 1970. */
export function createdMember(start: NumberText | undefined): string {
  return start ? `,"created":${start.json}` : '';
}

/** @param exemplars each as JSON */
export function exemplarsMember(exemplars: readonly string[]): string {
  return exemplars.length === 0 ? '' : `,"exemplars":[${exemplars.join(',')}]`;
}

function boundJson({ json, special }: NumberText): string {
  return special === undefined ? json : `"${special}"`;
}

function list(name: string, key: string, value: string, samples: ReadonlyMap<string, SeriesSample>): string {
  if (samples.size === 0) return '';
  const items = Array.from(samples, ([at, sample]) => `{"${key}":${at},"${value}":${sample.value.json}}`);
  return `,"${name}":[${items.join(',')}]`;
}

/** Estimated from buckets; the summary's quantiles otherwise. */
function percentiles(buckets: ReadonlyMap<string, SeriesSample>, quantiles: ReadonlyMap<string, SeriesSample>): string {
  if (buckets.size > 0) {
    const sorted = Array.from(
      buckets.values(),
      ({ at, value }) => [valueOf(at!), valueOf(value)] as [bound: number, count: number],
    ).sort(([a], [b]) => a - b);
    return percentileMembers(share => histogramQuantile(share, sorted));
  }
  if (quantiles.size === 0) return '';
  const byPercentile = new Map(
    Array.from(quantiles.values(), ({ at, value }) => [Math.round(valueOf(at!) * 1e6) / 1e4, value]),
  );
  return PERCENTILES.map(percentile => {
    const value = byPercentile.get(percentile);
    return value?.special === undefined && value ? `,"percentile_${percentile}":${value.json}` : '';
  }).join('');
}
