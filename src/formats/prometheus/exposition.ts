import type { EventSink } from '../../core/event.js';
import { DecodeError, tooLarge, type Decoder, type DecoderOptions } from '../decoder.js';
import { flatLabels, type Label } from '../text/flat-labels.js';
import { jsonStream } from '../json/stream.js';
import { numberText } from '../json/number-text.js';
import { invalidUtf8, utf8Guard } from '../utf8.js';
import { families, TYPES, type Family, type Part } from './family.js';
import { compositeMembers, isNative, NATIVE_KEYS } from './composite.js';
import { parseLine, type Exemplar, type Line } from './line.js';
import { LineError } from './line-error.js';
import { createdMember, exemplarsMember, seriesOf, valueMembers, type Series, type SeriesSample } from './series.js';
import { timeJson } from './time.js';

/** Options of {@link expositionEvents}. */
export interface ExpositionOptions extends DecoderOptions {
  readonly format: 'openmetrics' | 'text';
  /** Labels of the target, added to every event. */
  readonly labels: readonly Label[];
  /** The time of samples without a timestamp: ISO 8601. */
  readonly time: string;
}

/** Decodes an exposition, and counts its samples. */
export interface ExpositionDecoder extends Decoder {
  readonly samples: number;
}

/**
 * Decodes Prometheus' text format 0.0.4 or OpenMetrics 1.0 and 2.0: each sample is an event of type metric. The samples
 * of one series of a histogram, gauge histogram, summary or OpenMetrics counter form one event. An exposition is valid
 * as a whole or not at all: decode it once without storing to check.
 * Over 60 lines: the functions share the family being collected.
 */
export function expositionEvents(sink: EventSink, options: ExpositionOptions): ExpositionDecoder {
  const { labels: targetLabels, time, format } = options;
  const isOpenMetrics = format === 'openmetrics';
  const utf8 = utf8Guard();
  const text = new TextDecoder('utf-8', { ignoreBOM: true });
  const events = jsonStream(sink, options);
  const known = families();
  const ofTarget = new Set(targetLabels.map(([name]) => name.toLowerCase()));
  const ofNative = new Set([...ofTarget, ...NATIVE_KEYS]);
  const target = flatLabels(targetLabels);
  const defaultTime = JSON.stringify(time);
  /** The family being collected, and its series by labels and time. */
  let gathered: { readonly family: Family; readonly series: Map<string, Series> } | undefined;
  let rest = '';
  let json = '';
  let line = 0;
  let offset = 0;
  let samples = 0;
  let hasEnded = false;

  /** @param taken lower-case names that labels cannot have, in addition to those reserved for every event */
  function emit(
    name: string,
    family: Family,
    at: string,
    labels: readonly Label[],
    members: string,
    taken: ReadonlySet<string> = ofTarget,
  ): void {
    const type = family.type ?? (isOpenMetrics ? 'unknown' : 'untyped');
    json +=
      `{"time":${at},"type":"metric","metric_name":${JSON.stringify(name)},"metric_type":"${type}"${members}` +
      (family.unit ? `,"unit":${JSON.stringify(family.unit)}` : '') +
      `${target}${flatLabels(labels, taken)}` +
      (family.help ? `,"help":${JSON.stringify(family.help)}}\n` : '}\n');
  }

  /** Writes the events of the collected family, at the first sample of another one. */
  function finishFamily(): void {
    if (!gathered) return;
    const { family, series } = gathered;
    gathered = undefined;
    const name = family.type === 'counter' ? `${family.name}_total` : family.name;
    for (const one of series.values()) emit(name, family, one.first.time, one.first.labels, one.members());
  }

  function gather(family: Family, taken: SeriesSample): void {
    if (gathered?.family !== family) {
      finishFamily();
      gathered = { family, series: new Map() };
    }
    const { series } = gathered;
    let key = JSON.stringify([taken.time, taken.labels]);
    while (series.get(key)?.add(taken) === false) key += '+';
    if (!series.has(key)) series.set(key, seriesOf(taken));
  }

  function sample(said: Extract<Line, { kind: 'sample' }>, content: string): void {
    samples++;
    const { name, labels, value, timestamp, start } = said;
    const { family, part } = known.find(name);
    const time = timestamp === undefined ? defaultTime : timeJson(timestamp, isOpenMetrics);
    const exemplars = said.exemplars.length === 0 ? NO_EXEMPLARS : said.exemplars.map(exemplarJson);
    if ('numbers' in value) {
      if (gathered?.family !== family) finishFamily();
      const members = compositeMembers(
        value,
        { part: 'value', labels, at: undefined, time, start, exemplars },
        content,
      );
      emit(name, family, time, labels, members, isNative(value) ? ofNative : ofTarget);
      return;
    }
    const own = partLabel(part);
    const bound = numberText(labels.find(([label]) => label === own)?.[1] ?? '');
    if (isGathered(family, part, name) && (own === undefined || bound)) {
      const others = own === undefined ? labels : labels.filter(([label]) => label !== own);
      gather(family, { part, labels: others, at: bound, value, time, start, exemplars });
      return;
    }
    if (gathered?.family !== family) finishFamily();
    emit(name, family, time, labels, valueMembers(value) + createdMember(start) + exemplarsMember(exemplars));
  }

  function exemplarJson({ labels, value, timestamp }: Exemplar): string {
    const at = timestamp === undefined ? '' : `,"time":${timeJson(timestamp, isOpenMetrics)}`;
    return `{"labels":${JSON.stringify(Object.fromEntries(labels))},"value":${value.json}${at}}`;
  }

  function take(content: string): void {
    line++;
    // An event is never smaller than its line.
    if (content.length > options.maxEventBytes) throw tooLarge(options.maxEventBytes, { line });
    const said = parseLine(content);
    if (!said) return;
    if (hasEnded) throw new LineError('there is more after # EOF');
    if (said.kind === 'sample') sample(said, content);
    else if (said.kind === 'EOF') hasEnded = isOpenMetrics;
    else describe(said);
  }

  function describe({ kind, name, text: said }: Extract<Line, { kind: 'HELP' | 'TYPE' | 'UNIT' }>): void {
    const family = known.of(name);
    if (kind === 'HELP') family.help = said;
    else if (kind === 'UNIT') family.unit = said;
    else if (TYPES.has(said)) family.type = said;
    else throw new LineError(`"${said}" is not a type of metric`);
  }

  /** Takes whole lines and emits their events. */
  function takeLines(chunk: string): void {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    try {
      for (const content of lines) take(content);
    } catch (error) {
      throw error instanceof LineError ? new DecodeError('invalid_metrics', error.message, { line }) : error;
    } finally {
      flush();
    }
    if (rest.length > options.maxEventBytes) throw tooLarge(options.maxEventBytes, { line: line + 1 });
  }

  function flush(): void {
    if (json !== '') void events.write(Buffer.from(json));
    json = '';
  }

  return {
    get samples() {
      return samples;
    },
    write(chunk) {
      const valid = utf8.validBytes(chunk);
      offset += valid;
      takeLines(text.decode(chunk.subarray(0, valid), { stream: true }));
      if (valid < chunk.length) throw invalidUtf8({ line: line + 1, offset });
    },
    end() {
      if (!utf8.isComplete()) throw invalidUtf8({ line: line + 1, offset });
      if (rest !== '') takeLines('\n');
      if (isOpenMetrics && !hasEnded) throw new DecodeError('invalid_metrics', 'it ends before # EOF', { line });
      finishFamily();
      flush();
      void events.end();
    },
  };
}

const NO_EXEMPLARS: readonly string[] = [];

/** The label that distinguishes the samples of one part. */
function partLabel(part: Part): 'le' | 'quantile' | undefined {
  return part === 'bucket' ? 'le' : part === 'quantile' ? 'quantile' : undefined;
}

/**
 * True for a sample that is only part of its series' event; a counter of 0.0.4 has the name of its family and is
 * complete.
 */
function isGathered({ type, name }: Family, part: Part, sampleName: string): boolean {
  return type === 'counter' ? sampleName !== name : part !== 'value';
}
