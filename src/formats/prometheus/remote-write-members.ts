import { flatLabels, type Label } from '../text/flat-labels.js';
import { numberText, type NumberText } from '../json/number-text.js';
import type { WrittenExemplar, WrittenMetadata, WrittenSample, WrittenSeries } from './remote-write-messages.js';
import { valueMembers } from './series.js';

/** The latest time that a Date can have, in milliseconds (ECMA-262, "Time Values"). */
export const MAX_MS = 8.64e15;

/** An event, with counts of the request's parts in it. */
export interface WrittenEvent {
  readonly json: string;
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

/** A series and its name. */
export interface NamedSeries extends Omit<WrittenSeries, 'exemplars'> {
  readonly name: string;
  readonly exemplars: WrittenExemplar[];
}

/** The parts of an event other than its value. */
export interface EventHead {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly ms: number;
  readonly metadata: WrittenMetadata;
}

/**
 * An event as JSON.
 * @param members each with a leading comma
 * @param keys of these members, in addition to the usual ones
 */
export function eventJson(
  { name, labels, ms, metadata }: EventHead,
  members: string,
  keys?: ReadonlySet<string>,
): string {
  const { type, help, unit } = metadata;
  return (
    `{"time":${timeOf(ms)},"type":"metric","metric_name":${JSON.stringify(name)},"metric_type":"${type}"${members}` +
    (unit === '' ? '' : `,"unit":${JSON.stringify(unit)}`) +
    flatLabels(labels, keys) +
    (help === '' ? '}' : `,"help":${JSON.stringify(help)}}`)
  );
}

function timeOf(ms: number): string {
  return `"${new Date(ms).toISOString()}"`;
}

/** The value of a series that has ended: the marker that Prometheus calls stale. */
export const STALE = ',"metric_value":null,"metric_value_text":"stale"';

export function sampleMembers({ value }: WrittenSample): string {
  return value === undefined ? STALE : valueMembers(numberText(textOf(value)));
}

export function jsonOf({ value }: WrittenSample): string {
  return numberText(textOf(value!))!.json;
}

function textOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

export function boundJson({ json, special }: NumberText): string {
  return special === undefined ? json : `"${special}"`;
}

/** Start of counting, in seconds since 1970. */
export function createdMember({ startMs }: { readonly startMs: number | undefined }): string {
  return startMs === undefined ? '' : `,"created":${startMs / 1000}`;
}

export function exemplarsMember(exemplars: readonly string[]): string {
  return exemplars.length === 0 ? '' : `,"exemplars":[${exemplars.join(',')}]`;
}

export function exemplarJson({ labels, value, ms }: WrittenExemplar, bound?: string): string {
  const at = ms === undefined || Math.abs(ms) > MAX_MS ? '' : `,"time":${timeOf(ms)}`;
  const le = bound === undefined ? '' : `"le":${bound},`;
  const { json } = numberText(textOf(value))!;
  return `{${le}"labels":${JSON.stringify(Object.fromEntries(labels))},"value":${json}${at}}`;
}
