import type { Label } from '../text/flat-labels.js';
import { numberText, valueOf, type NumberText } from '../json/number-text.js';
import { histogramQuantile, percentileMembers, PERCENTILES } from '../percentiles.js';
import type { KnownFamilies } from './known-families.js';
import {
  boundJson,
  createdMember,
  eventJson,
  exemplarJson,
  exemplarsMember,
  jsonOf,
  type NamedSeries,
  type WrittenEvent,
} from './remote-write-members.js';
import type { WrittenSample } from './remote-write-messages.js';

/** One part of a classic histogram or summary: a sample of another series. */
export interface PartSample {
  readonly series: NamedSeries;
  readonly sample: WrittenSample;
}

/** The samples of one classic histogram or summary at one time. */
export interface Group {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly isHistogram: boolean;
  /** By bound or quantile, as written. */
  readonly points: Map<string, PartSample & { readonly at: NumberText }>;
  sum?: PartSample;
  count?: PartSample;
  isEmitted: boolean;
}

/** The complete groups, by each of their samples. */
export function groupsOf(series: readonly NamedSeries[]): Map<WrittenSample, Group> {
  const groups = new Map<string, Group>();
  const keyOf = (name: string, labels: readonly Label[], ms: number): string => JSON.stringify([name, labels, ms]);
  for (const one of series) {
    const isBucket = one.name.endsWith('_bucket');
    const label = isBucket ? 'le' : 'quantile';
    const at = numberText(one.labels.find(([key]) => key === label)?.[1] ?? '');
    if (!at) continue;
    const name = isBucket ? one.name.slice(0, -'_bucket'.length) : one.name;
    const labels = one.labels.filter(([key]) => key !== label);
    for (const sample of one.samples) {
      const key = keyOf(name, labels, sample.ms);
      const group = groups.get(key) ?? { name, labels, isHistogram: isBucket, points: new Map(), isEmitted: false };
      groups.set(key, group);
      group.points.set(boundJson(at), { series: one, sample, at });
    }
  }
  if (groups.size > 0) {
    for (const one of series) {
      const [, name = '', part] = /^(.*)_(sum|count)$/s.exec(one.name) ?? [];
      if (part === undefined) continue;
      for (const sample of one.samples) {
        const group = groups.get(keyOf(name, one.labels, sample.ms));
        if (group) group[part as 'sum' | 'count'] = { series: one, sample };
      }
    }
  }
  return new Map(
    [...groups.values()].filter(isWhole).flatMap(group => partsOf(group).map(({ sample }) => [sample, group])),
  );
}

function isWhole({ isHistogram, points, sum, count }: Group): boolean {
  const hasAll = !isHistogram || points.has('"+Inf"');
  if (!sum || !count || !hasAll) return false;
  return [...points.values(), sum, count].every(({ sample }) => sample.value !== undefined);
}

function partsOf({ points, sum, count }: Group): PartSample[] {
  return [...points.values(), sum!, count!];
}

/** The event of a complete group. */
export function groupEvent(group: Group, known: KnownFamilies): WrittenEvent {
  group.isEmitted = true;
  const { name, labels, isHistogram, points, sum, count } = group;
  const sorted = [...points.values()].sort((a, b) => valueOf(a.at) - valueOf(b.at));
  const exemplars = sorted.flatMap(({ at, series }) =>
    series.exemplars.splice(0).map(exemplar => exemplarJson(exemplar, isHistogram ? boundJson(at) : undefined)),
  );
  const [list, key, value] = isHistogram ? ['buckets', 'le', 'count'] : ['quantiles', 'quantile', 'value'];
  const items = sorted.map(({ at, sample }) => `{"${key}":${boundJson(at)},"${value}":${jsonOf(sample)}}`);
  const cumulative = sorted.map(({ at, sample }) => [valueOf(at), sample.value!] as const);
  const members =
    `,"count":${jsonOf(count!.sample)},"sum":${jsonOf(sum!.sample)},"${list}":[${items.join(',')}]` +
    (isHistogram ? percentileMembers(share => histogramQuantile(share, cumulative)) : quantileMembers(cumulative)) +
    createdMember(count!.sample);
  const said = count!.series.metadata ?? known.find(`${name}_count`);
  const type = isHistogram ? 'histogram' : 'summary';
  const metadata = { ...said, type: said.type === 'gaugehistogram' ? said.type : type };
  return {
    json: eventJson({ name, labels, ms: count!.sample.ms, metadata }, members + exemplarsMember(exemplars)),
    samples: points.size + 2,
    histograms: 0,
    exemplars: exemplars.length,
  };
}

/** The quantiles that the summary has. */
function quantileMembers(points: readonly (readonly [quantile: number, value: number])[]): string {
  const byPercentile = new Map(points.map(([quantile, value]) => [Math.round(quantile * 1e6) / 1e4, value]));
  return percentileMembers(share => {
    const percentile = PERCENTILES.find(one => one / 100 === share);
    return (percentile === undefined ? undefined : byPercentile.get(percentile)) ?? NaN;
  });
}
