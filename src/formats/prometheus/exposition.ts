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

/** Options of {@link ExpositionDecoder}. */
export interface ExpositionOptions extends DecoderOptions {
  readonly format: 'openmetrics' | 'text';
  /** Labels of the target, added to every event. */
  readonly labels: readonly Label[];
  /** The time of samples without a timestamp: ISO 8601. */
  readonly time: string;
}

/**
 * Decodes Prometheus' text format 0.0.4 or OpenMetrics 1.0 and 2.0: each sample is an event of type metric. The samples
 * of one series of a histogram, gauge histogram, summary or OpenMetrics counter form one event. An exposition is valid
 * as a whole or not at all: decode it once without storing to check.
 */
export class ExpositionDecoder implements Decoder {
  readonly #maxEventBytes: number;
  readonly #isOpenMetrics: boolean;
  readonly #utf8 = utf8Guard();
  readonly #text = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #events: Decoder;
  readonly #known = families();
  /** Lower-case names of labels that the target has, and with them the members of native samples. */
  readonly #ofTarget: ReadonlySet<string>;
  readonly #ofNative: ReadonlySet<string>;
  /** The labels of the target, as members. */
  readonly #target: string;
  readonly #defaultTime: string;
  /** The family being collected, and its series by labels and time. */
  #gathered: { readonly family: Family; readonly series: Map<string, Series> } | undefined;
  #rest = '';
  #json = '';
  #line = 0;
  #offset = 0;
  #samples = 0;
  #hasEnded = false;

  constructor(sink: EventSink, options: ExpositionOptions) {
    const { labels, time, format, maxEventBytes } = options;
    this.#maxEventBytes = maxEventBytes;
    this.#isOpenMetrics = format === 'openmetrics';
    this.#events = jsonStream(sink, options);
    this.#ofTarget = new Set(labels.map(([name]) => name.toLowerCase()));
    this.#ofNative = new Set([...this.#ofTarget, ...NATIVE_KEYS]);
    this.#target = flatLabels(labels);
    this.#defaultTime = JSON.stringify(time);
  }

  /** The samples decoded so far. */
  get samples(): number {
    return this.#samples;
  }

  write(chunk: Uint8Array): void {
    const valid = this.#utf8.validBytes(chunk);
    this.#offset += valid;
    this.#takeLines(this.#text.decode(chunk.subarray(0, valid), { stream: true }));
    if (valid < chunk.length) throw invalidUtf8({ line: this.#line + 1, offset: this.#offset });
  }

  end(): void {
    if (!this.#utf8.isComplete()) throw invalidUtf8({ line: this.#line + 1, offset: this.#offset });
    if (this.#rest !== '') this.#takeLines('\n');
    if (this.#isOpenMetrics && !this.#hasEnded)
      throw new DecodeError('invalid_metrics', 'it ends before # EOF', { line: this.#line });
    this.#finishFamily();
    this.#flush();
    void this.#events.end();
  }

  /** Takes whole lines and emits their events. */
  #takeLines(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    try {
      for (const content of lines) this.#take(content);
    } catch (error) {
      throw error instanceof LineError
        ? new DecodeError('invalid_metrics', error.message, { line: this.#line })
        : error;
    } finally {
      this.#flush();
    }
    if (this.#rest.length > this.#maxEventBytes) throw tooLarge(this.#maxEventBytes, { line: this.#line + 1 });
  }

  #take(content: string): void {
    this.#line++;
    // An event is never smaller than its line.
    if (content.length > this.#maxEventBytes) throw tooLarge(this.#maxEventBytes, { line: this.#line });
    const said = parseLine(content);
    if (!said) return;
    if (this.#hasEnded) throw new LineError('there is more after # EOF');
    if (said.kind === 'sample') this.#takeSample(said, content);
    else if (said.kind === 'EOF') this.#hasEnded = this.#isOpenMetrics;
    else this.#describe(said);
  }

  #describe({ kind, name, text: said }: Extract<Line, { kind: 'HELP' | 'TYPE' | 'UNIT' }>): void {
    const family = this.#known.of(name);
    if (kind === 'HELP') family.help = said;
    else if (kind === 'UNIT') family.unit = said;
    else if (TYPES.has(said)) family.type = said;
    else throw new LineError(`"${said}" is not a type of metric`);
  }

  #takeSample(said: Extract<Line, { kind: 'sample' }>, content: string): void {
    this.#samples++;
    const { name, labels, value, timestamp, start } = said;
    const { family, part } = this.#known.find(name);
    const time = timestamp === undefined ? this.#defaultTime : timeJson(timestamp, this.#isOpenMetrics);
    const exemplars =
      said.exemplars.length === 0 ? NO_EXEMPLARS : said.exemplars.map(one => exemplarJson(one, this.#isOpenMetrics));
    if ('numbers' in value) {
      if (this.#gathered?.family !== family) this.#finishFamily();
      const members = compositeMembers(
        value,
        { part: 'value', labels, at: undefined, time, start, exemplars },
        content,
      );
      this.#emit(name, family, time, labels, members, isNative(value) ? this.#ofNative : this.#ofTarget);
      return;
    }
    const own = partLabel(part);
    const bound = numberText(labels.find(([label]) => label === own)?.[1] ?? '');
    if (isGathered(family, part, name) && (own === undefined || bound)) {
      const others = own === undefined ? labels : labels.filter(([label]) => label !== own);
      this.#gather(family, { part, labels: others, at: bound, value, time, start, exemplars });
      return;
    }
    if (this.#gathered?.family !== family) this.#finishFamily();
    this.#emit(name, family, time, labels, valueMembers(value) + createdMember(start) + exemplarsMember(exemplars));
  }

  #gather(family: Family, taken: SeriesSample): void {
    if (this.#gathered?.family !== family) {
      this.#finishFamily();
      this.#gathered = { family, series: new Map() };
    }
    const { series } = this.#gathered;
    let key = JSON.stringify([taken.time, taken.labels]);
    while (series.get(key)?.add(taken) === false) key += '+';
    if (!series.has(key)) series.set(key, seriesOf(taken));
  }

  /** Writes the events of the collected family, at the first sample of another one. */
  #finishFamily(): void {
    if (!this.#gathered) return;
    const { family, series } = this.#gathered;
    this.#gathered = undefined;
    const name = family.type === 'counter' ? `${family.name}_total` : family.name;
    for (const one of series.values()) this.#emit(name, family, one.first.time, one.first.labels, one.members());
  }

  /** @param taken lower-case names that labels cannot have, in addition to those reserved for every event */
  #emit(
    name: string,
    family: Family,
    at: string,
    labels: readonly Label[],
    members: string,
    taken: ReadonlySet<string> = this.#ofTarget,
  ): void {
    const type = family.type ?? (this.#isOpenMetrics ? 'unknown' : 'untyped');
    this.#json +=
      `{"time":${at},"type":"metric","metric_name":${JSON.stringify(name)},"metric_type":"${type}"${members}` +
      (family.unit ? `,"unit":${JSON.stringify(family.unit)}` : '') +
      `${this.#target}${flatLabels(labels, taken)}` +
      (family.help ? `,"help":${JSON.stringify(family.help)}}\n` : '}\n');
  }

  #flush(): void {
    if (this.#json !== '') void this.#events.write(Buffer.from(this.#json));
    this.#json = '';
  }
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

function exemplarJson({ labels, value, timestamp }: Exemplar, isOpenMetrics: boolean): string {
  const at = timestamp === undefined ? '' : `,"time":${timeJson(timestamp, isOpenMetrics)}`;
  return `{"labels":${JSON.stringify(Object.fromEntries(labels))},"value":${value.json}${at}}`;
}
