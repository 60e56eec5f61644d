import type { SegmentColumn } from '../../journal/segments.js';
import { quoteText } from '../../sql/text.js';
import type { HoleKind } from '../shape-scan.js';
import type { Hole, Template } from '../template.js';
import { storedValue } from './columns.js';

/** How the `time` of an event is written again where that gives what was sent, so that it is not stored a second time. */
const TIME_FORMATS: readonly (readonly [pattern: RegExp, format: string])[] = [
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, '%Y-%m-%dT%H:%M:%S.%gZ'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, '%Y-%m-%dT%H:%M:%S.%fZ'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, '%Y-%m-%dT%H:%M:%SZ'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/, '%Y-%m-%dT%H:%M:%S.%f+00:00'],
];

/** Finds the column of a segment that holds the values at a path, if it does. */
export type FindColumn = (path: readonly string[]) => (SegmentColumn & { readonly name: string }) | undefined;

/**
 * SQL for the text of an event of this shape, from the columns of its segment; undefined when one is missing.
 * DuckDB's concat takes NULL for nothing: what comes of that is not what was sent, and is told by the comparison.
 */
export function rebuiltText({ literals, holes }: Template, find: FindColumn): string | undefined {
  const parts: string[] = [];
  for (const [i, literal] of literals.entries()) {
    parts.push(quoteText(literal));
    const hole = holes[i];
    if (!hole) continue;
    const text = holeText(hole, find);
    if (text === undefined) return undefined;
    parts.push(text);
  }
  return `concat(${parts.join(', ')})`;
}

function holeText({ kind, path }: Hole, find: FindColumn): string | undefined {
  const column = find(path);
  if (!column) return undefined;
  return valueText(kind, storedValue(column.name, column), column);
}

function valueText(kind: HoleKind, name: string, { type, timeFormat }: SegmentColumn): string {
  switch (kind) {
    case 's':
      return timeFormat === undefined
        ? `to_json(${name})::varchar`
        : `'"', coalesce(${name}, ${writtenTime(timeFormat)}), '"'`;
    case 'i':
      return type === 'DOUBLE' ? `try_cast(${name} as bigint)::varchar` : `${name}::varchar`;
    case 'h':
    case 'd':
      return type === 'DOUBLE' ? `to_json(${name})::varchar` : name;
    default:
      return `${name}::varchar`;
  }
}

/** The format in which most likely all of a segment's times were sent, by one of them. */
export function timeFormatOf(example: string): string | undefined {
  return TIME_FORMATS.find(([pattern]) => pattern.test(example))?.[1];
}

/** The event's time, in UTC, in a format of {@link timeFormatOf}. */
export function writtenTime(format: string): string {
  return `strftime(timezone('UTC', "time"), ${quoteText(format)})`;
}
