import type { SegmentColumn } from '../../../catalog/segments.js';
import { quoteName, quoteText } from '../../../sql/text.js';
import { listSql } from '../../../shape/styles/list-style.js';
import { numberSql } from '../../../shape/styles/number-style.js';
import {
  LEARNED,
  PLAIN_STRINGS,
  restyledSql,
  stringSql,
  type StringStyle,
} from '../../../shape/styles/string-style.js';
import type { Slot, Shape } from '../../../shape/shape.js';
import { storedValue } from './columns.js';

/**
 * Formats of `time`, by the pattern of the sent text. When one reproduces the text, the text is not stored a second
 * time.
 */
const TIME_FORMATS: readonly (readonly [pattern: RegExp, format: string])[] = [
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, '%Y-%m-%dT%H:%M:%S.%gZ'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, '%Y-%m-%dT%H:%M:%S.%fZ'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, '%Y-%m-%dT%H:%M:%SZ'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/, '%Y-%m-%dT%H:%M:%S.%f+00:00'],
];

/**
 * With more shapes than this, they share the SQL of their values in an inner query: binding it for each shape would
 * take longer than running it.
 */
const MAX_INLINED_SHAPES = 16;

/** The column of a file with the patches of events that their shapes alone do not reproduce (shape/patch.ts). */
export const PATCH_COLUMN = quoteName('payload^patch');

/** Returns the column of a segment that holds the values at a path, if it has one. */
export type FindColumn = (path: readonly string[]) => (SegmentColumn & { readonly name: string }) | undefined;

/** Columns of an inner query with the texts of values, shared by all shapes. */
export class SharedTexts {
  readonly #names = new Map<string, string>();
  readonly #isShared: boolean;

  /** @param shapes number of shapes to rebuild; nothing is shared for a few. */
  constructor(shapes: number) {
    this.#isShared = shapes > MAX_INLINED_SHAPES;
  }

  get isShared(): boolean {
    return this.#isShared;
  }

  /** SQL for the text that `sql` computes. */
  text(sql: string): string {
    if (!this.#isShared || !sql.includes('(')) return sql;
    const name = this.#names.get(sql) ?? quoteName(`payload^text${this.#names.size}`);
    this.#names.set(sql, name);
    return name;
  }

  /** SQL for the source `from` with the columns that {@link text} named. */
  source(from: string): string {
    if (this.#names.size === 0) return from;
    return `(select *, ${[...this.#names].map(([sql, name]) => `${sql} as ${name}`).join(', ')} from ${from})`;
  }
}

/**
 * SQL for the text of an event of this shape, from the columns of its segment; undefined when one is missing. DuckDB's
 * concat skips NULL: the comparison with the sent text then finds the difference.
 * @param isUnescaped see {@link unescapedText}.
 */
export function rebuiltText(
  { literals, slots, strings }: Shape,
  find: FindColumn,
  shared: SharedTexts,
  isUnescaped = false,
): string | undefined {
  const parts: string[] = [];
  let text = '';
  for (const [i, literal] of literals.entries()) {
    text += literal;
    const slot = slots[i];
    if (!slot) continue;
    const column = find(slot.path);
    if (!column) return undefined;
    const isBare = isUnescaped && isString(slot) && column.timeFormat === undefined;
    const quote = isBare ? '"' : '';
    parts.push(quoteText(text + quote));
    const values = isBare ? [storedValue(column.name, column)] : valueTexts(slot, column, strings);
    parts.push(...values.map(sql => shared.text(sql)));
    text = quote;
  }
  return `concat(${[...parts, quoteText(text)].join(', ')})`;
}

/**
 * SQL for the text of an event whose strings have no escapes, at a third of the time of {@link rebuiltText}. Where it
 * equals the sent text, so does that of rebuiltText: an escape is longer than the character, so equal texts have none,
 * and to_json adds none but where JSON must have one. Undefined when the two are the same SQL.
 */
export function unescapedText(shape: Shape, find: FindColumn, shared: SharedTexts): string | undefined {
  const hasBare = shape.slots.some(slot => isString(slot) && find(slot.path)?.timeFormat === undefined);
  return hasBare && !shared.isShared ? rebuiltText(shape, find, shared, true) : undefined;
}

/** True for a string in the style of to_json. */
function isString({ kind, style }: Slot): boolean {
  return kind === 's' && style !== LEARNED;
}

/** SQL for the parts of a value's text. */
function valueTexts({ kind, style }: Slot, column: SegmentColumn & { name: string }, strings: StringStyle): string[] {
  const value = storedValue(column.name, column);
  const { type, timeFormat } = column;
  switch (kind) {
    case 's': {
      if (timeFormat === undefined) return [stringSql(value, style === LEARNED ? strings : PLAIN_STRINGS)];
      const text = `coalesce(${value}, ${writtenTime(timeFormat)})`;
      return style === LEARNED ? [restyledSql(`to_json(${text})::varchar`, text, strings)] : [`'"'`, text, `'"'`];
    }
    case 'i':
      // JavaScript writes whole doubles of up to 21 digits without an exponent.
      if (type !== 'DOUBLE') return [`${value}::varchar`];
      return [`coalesce(try_cast(${value} as bigint)::varchar, try_cast(${value} as hugeint)::varchar, '0')`];
    case 'h':
      return [type === 'DOUBLE' ? `to_json(${value})::varchar` : value];
    case 'd':
      if (type === 'DOUBLE') return [numberSql(value, style)];
      return [style === '' ? value : numberSql(`try_cast(${value} as double)`, style)];
    case 'a':
      return [listSql(value, style, strings)];
    case 'b':
      return [`${value}::varchar`];
  }
}

/** The format that a segment's times probably have, judged by one of them. */
export function timeFormatOf(example: string): string | undefined {
  return TIME_FORMATS.find(([pattern]) => pattern.test(example))?.[1];
}

/**
 * SQL for the event's time, in UTC, in a format of {@link timeFormatOf}. It asks for no time zone, which would take four
 * times as long; an infinite time has no microseconds and is written as DuckDB prints it.
 */
export function writtenTime(format: string): string {
  return `coalesce(strftime(make_timestamp(epoch_us("time")), ${quoteText(format)}), "time"::varchar)`;
}
