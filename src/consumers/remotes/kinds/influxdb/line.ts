import { elementsOf, isArrayAt, isObjectAt, stringAt, textOf, visitMembers } from '../../../../formats/json/members.js';

/** An event to write as a point. */
export interface PointEvent {
  readonly type: string;
  readonly name: string | null;
  /** Nanoseconds since 1970. */
  readonly time: string;
  readonly payload: Buffer;
}

/** Keys that are not fields or tags: they give the measurement and time of a point, or describe its metric. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['type', 'name', 'metric_name', 'description', 'help', 'flags', 'exemplars'],
  ...['time', 'timestamp', 'time_unix_nano', 'timeUnixNano', 'metric_timestamp', 'start_time_unix_nano'],
]);

/** Keys of a metric whose text is its value. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['metric_value_text']);

/** Keys that become tags in events other than metrics, since they have few values. */
const EVENT_TAGS: ReadonlySet<string> = new Set(['service', 'service.name', 'severity', 'level', 'host', 'host.name']);

const QUOTE = 0x22;

/** The first characters of numbers in JSON. */
const NUMBER = /^[-0-9]/;

/** False for a number that overflows InfluxDB's 64-bit floats: it refuses infinities. */
const isFiniteText = (text: string): boolean => Number.isFinite(Number(text));

/**
 * The point of an event as a line of InfluxDB's line protocol, without a newline: the texts of a metric are tags, its
 * numbers fields. Undefined for an event without a field, which a point must have.
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
export function pointLine({ type, name, time, payload }: PointEvent): string | undefined {
  const point = new Point(type === 'metric');
  if (isObjectAt(payload, 0)) point.addMembers(payload, 0, '');
  else point.addText('value', textOf(payload, 0, payload.length));
  const { fields, tags } = point;
  if (fields.length === 0) return undefined;
  // A newline cannot be written in names and tags.
  return `${escaped(name ?? type, /[, ]/g)}${tags.sort().join('')} ${fields.join(',')} ${time}`;
}

class Point {
  readonly tags: string[] = [];
  readonly fields: string[] = [];
  readonly #isMetric: boolean;
  readonly #keys = new Set<string>();

  constructor(isMetric: boolean) {
    this.#isMetric = isMetric;
  }

  addMembers(bytes: Buffer, start: number, prefix: string): void {
    visitMembers(bytes, start, (keyStart, keyEnd, valueStart, end) => {
      const key = prefix + stringAt(bytes, keyStart, keyEnd);
      if (LEFT_OUT.has(key)) return;
      this.#addValue(bytes, key, valueStart, end);
    });
  }

  addText(key: string, text: string): void {
    this.fields.push(`${escapedKey(key)}="${text.replace(/[\\"]/g, '\\$&')}"`);
  }

  #addValue(bytes: Buffer, key: string, start: number, end: number): void {
    if (bytes[start] === QUOTE) this.#addString(key, stringAt(bytes, start, end));
    else if (isObjectAt(bytes, start)) this.addMembers(bytes, start, `${key}.`);
    else if (isArrayAt(bytes, start)) this.#addArray(bytes, key, start, end);
    else this.#addPlain(key, textOf(bytes, start, end));
  }

  #addPlain(key: string, text: string): void {
    if (text === 'true' || text === 'false') {
      if (this.#isMetric) this.#addTag(key, text);
      else this.#addField(key, text);
    } else if (NUMBER.test(text) && isFiniteText(text)) this.#addField(key, text);
  }

  #addString(key: string, text: string): void {
    const isTag = this.#isMetric ? !TEXT_FIELDS.has(key) : EVENT_TAGS.has(key);
    if (isTag) this.#addTag(key, text);
    else if (this.#isNew(key)) this.addText(fieldOf(key), text);
  }

  /** Each number of a list becomes a field, such as `bucket_counts.0`; other lists become one text. */
  #addArray(bytes: Buffer, key: string, start: number, end: number): void {
    const items = Array.from(elementsOf(bytes, start), item => textOf(bytes, item.start, item.end));
    if (items.every(item => NUMBER.test(item) && isFiniteText(item))) {
      items.forEach((item, i) => {
        this.#addField(`${key}.${i}`, item);
      });
    } else if (this.#isNew(key)) this.addText(key, textOf(bytes, start, end));
  }

  /**
   * Adds a field. Numbers are always written as floats, so that a field has one type even if its first value is an
   * integer.
   */
  #addField(key: string, text: string): void {
    if (this.#isNew(key)) this.fields.push(`${escapedKey(fieldOf(key))}=${text}`);
  }

  #addTag(key: string, text: string): void {
    // An empty tag, and one that ends with a backslash, cannot be written.
    const value = text.replace(/\\+$/, '');
    if (value !== '' && this.#isNew(key)) this.tags.push(`,${escapedKey(key)}=${escaped(value, /[,= ]/g)}`);
  }

  /** True for a key that the point does not have yet: the first of two members with the same key counts. */
  #isNew(key: string): boolean {
    if (key === '' || this.#keys.has(key)) return false;
    this.#keys.add(key);
    return true;
  }
}

/** The field of a key: the value of a metric is `value`. */
function fieldOf(key: string): string {
  return key.startsWith('metric_value') ? key.slice('metric_'.length) : key;
}

/** The key of a tag or a field. InfluxDB refuses a field named `time`. */
function escapedKey(key: string): string {
  return escaped(key === 'time' ? 'time_' : key, /[,= ]/g);
}

/** A name with special characters escaped by backslashes, and control characters replaced by spaces. */
function escaped(text: string, special: RegExp): string {
  return (
    text
      .replace(/\p{Cc}/gu, ' ')
      .replace(special, '\\$&')
      .replace(/\\+$/, '') || '_'
  );
}
