import type { KnownFamilies } from './known-families.js';
import { NATIVE_KEYS, nativeHistogramMembers } from './native-histogram.js';
import { groupEvent, groupsOf } from './remote-write-groups.js';
import {
  createdMember,
  eventJson,
  exemplarJson,
  exemplarsMember,
  MAX_MS,
  sampleMembers,
  STALE,
  type NamedSeries,
  type WrittenEvent,
} from './remote-write-members.js';
import type { WrittenExemplar, WrittenRequest, WrittenSample, WrittenSeries } from './remote-write-messages.js';

/** The label that holds the name of a metric. */
const NAME = '__name__';

/** A series that cannot be stored, with the reason. */
export interface WrongSeries {
  readonly problem: string;
}

/**
 * Makes events of a request, like those of a scrape: a sample is an event of type metric. The samples of a classic
 * histogram or summary form one event when the request has all of them, recognized by names and labels: `_bucket` up to
 * `+Inf` or quantiles, with `_sum` and `_count`.
 */
export function* writtenEvents(
  { series: all, families: said }: WrittenRequest,
  known: KnownFamilies,
): Generator<WrittenEvent | WrongSeries> {
  known.note(said);
  const { series, wrong } = named(all);
  for (const problem of wrong) yield { problem };
  moveExemplars(series);
  const groups = groupsOf(series);
  for (const one of series) {
    const last = one.samples.at(-1);
    for (const sample of one.samples) {
      const group = groups.get(sample);
      if (group && !group.isEmitted) yield groupEvent(group, known);
      if (!group) yield sampleEvent(one, sample, sample === last ? one.exemplars : [], known);
    }
    yield* histogramEvents(one, known);
    if (one.samples.length + one.histograms.length === 0 && one.exemplars.length > 0) yield exemplarEvent(one, known);
  }
}

function named(all: readonly WrittenSeries[]): { series: NamedSeries[]; wrong: string[] } {
  const series: NamedSeries[] = [];
  const wrong: string[] = [];
  for (const one of all) {
    const name = one.labels.find(([label]) => label === NAME)?.[1] ?? '';
    const isTwice = new Set(one.labels.map(([label]) => label)).size < one.labels.length;
    const isTimeless = [...one.samples, ...one.histograms].some(({ ms }) => Math.abs(ms) > MAX_MS);
    if (name === '') wrong.push(`a series has no ${NAME}`);
    else if (isTwice) wrong.push(`a series of ${name} has a label twice`);
    else if (isTimeless) wrong.push(`a sample of ${name} has an invalid time`);
    else {
      const labels = one.labels.filter(([label]) => label !== NAME);
      series.push({ ...one, name, labels, exemplars: [...one.exemplars] });
    }
  }
  return { series, wrong };
}

/** Senders send exemplars in separate series: they move to the series of the same labels that has samples. */
function moveExemplars(series: readonly NamedSeries[]): void {
  const alone = series.filter(one => one.samples.length + one.histograms.length === 0 && one.exemplars.length > 0);
  if (alone.length === 0) return;
  const byLabels = new Map<string, NamedSeries>();
  const keyOf = ({ name, labels }: NamedSeries): string => JSON.stringify([name, labels]);
  for (const one of series) if (one.samples.length + one.histograms.length > 0) byLabels.set(keyOf(one), one);
  for (const one of alone) byLabels.get(keyOf(one))?.exemplars.push(...one.exemplars.splice(0));
}

function sampleEvent(
  series: NamedSeries,
  sample: WrittenSample,
  attached: readonly WrittenExemplar[],
  known: KnownFamilies,
): WrittenEvent {
  const exemplars = attached.map(exemplar => exemplarJson(exemplar));
  const members = sampleMembers(sample) + createdMember(sample) + exemplarsMember(exemplars);
  const json = eventJson({ ...series, ms: sample.ms, metadata: series.metadata ?? known.find(series.name) }, members);
  return { json, samples: 1, histograms: 0, exemplars: exemplars.length };
}

function* histogramEvents(series: NamedSeries, known: KnownFamilies): Generator<WrittenEvent> {
  const { histograms, exemplars: attached, samples } = series;
  for (const histogram of histograms) {
    const isLast = histogram === histograms.at(-1) && samples.length === 0;
    const exemplars = isLast ? attached.map(exemplar => exemplarJson(exemplar)) : [];
    const { sum, ms } = histogram;
    const members = sum === undefined ? STALE : nativeHistogramMembers(histogram);
    const said = series.metadata ?? known.find(series.name);
    const metadata = { ...said, type: said.type === 'gaugehistogram' ? said.type : 'histogram' };
    const json = eventJson(
      { ...series, ms, metadata },
      members + createdMember(histogram) + exemplarsMember(exemplars),
      NATIVE_KEYS,
    );
    yield { json, samples: 0, histograms: 1, exemplars: exemplars.length };
  }
}

/** Exemplars whose samples are not in the request. */
function exemplarEvent(series: NamedSeries, known: KnownFamilies): WrittenEvent {
  const { exemplars, name } = series;
  const ms = Math.max(0, ...exemplars.map(exemplar => exemplar.ms ?? 0)) || Date.now();
  const members = exemplarsMember(exemplars.map(exemplar => exemplarJson(exemplar)));
  const json = eventJson({ ...series, ms, metadata: series.metadata ?? known.find(name) }, members);
  return { json, samples: 0, histograms: 0, exemplars: exemplars.length };
}
