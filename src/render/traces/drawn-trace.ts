import { formatQuantity } from '../charts/quantity.js';
/** A trace as it is drawn, in text or on a page. */
export interface DrawnTrace {
  readonly traceId: string;
  /** The operation of the first root. */
  readonly title: string;
  /** Amounts in words: `45.3s`, `3 spans`, `1 error`. */
  readonly facts: readonly string[];
  /** The operations above the part that is drawn; none for a whole trace. */
  readonly above: readonly string[];
  /** Names and values of the span that is drawn with those below it; none for a whole trace. */
  readonly details: readonly (readonly [name: string, value: string])[];
  /** The services with their numbers of spans, in the order of their colours. */
  readonly services: readonly (readonly [name: string, spans: number])[];
  /** The length of the time axis in milliseconds. */
  readonly lengthMs: number;
  readonly rows: readonly DrawnRow[];
  /** The operations on the critical path, those with the most time first. */
  readonly path: readonly PathPart[];
  /** Sentences about spans that were folded, mended or left out. */
  readonly notes: readonly string[];
}

/** An operation on the critical path. */
export interface PathPart {
  readonly label: string;
  readonly ms: number;
  /** Of the whole path, 0 to 1. */
  readonly share: number;
}

/** The start and the end of a bar as shares of the time axis. */
export type Interval = readonly [from: number, to: number];

/** A line of the drawing. */
export type DrawnRow = DrawnSpan | DrawnLog;

/** One span, or several of one operation. */
export interface DrawnSpan {
  readonly kind: 'span';
  readonly depth: number;
  /** The place of its service in {@link DrawnTrace.services}. */
  readonly color: number;
  /** Empty where it is that of the row above in the tree. */
  readonly service: string;
  readonly name: string;
  readonly count: number;
  /** Undefined for a span without an end and without spans below it. */
  readonly totalMs: number | undefined;
  readonly selfMs: number | undefined;
  readonly isError: boolean;
  readonly isCritical: boolean;
  /** The faults of the row: a letter of {@link MARKS} each. */
  readonly marks: string;
  readonly intervals: readonly Interval[];
}

/** One log, or several of one message. */
export interface DrawnLog {
  readonly kind: 'log';
  readonly depth: number;
  readonly severity: string;
  readonly message: string;
  readonly count: number;
  /** The time of the first since the start of the axis, in milliseconds. */
  readonly atMs: number;
  readonly intervals: readonly Interval[];
}

/** The marks of a row and their meaning. */
const MARKS: Readonly<Record<string, string>> = {
  '*': 'on the critical path',
  '!': 'error',
  '?': 'its parent is not stored',
  '~': 'moved to its parent',
  '>': 'no end is stored',
};

/** The meaning of the marks that occur. */
export function marksOf(rows: readonly DrawnRow[]): string[] {
  const used = new Set<string>();
  for (const row of rows) {
    if (row.kind !== 'span') continue;
    if (row.isCritical) used.add('*');
    if (row.isError) used.add('!');
    for (const mark of row.marks) used.add(mark);
  }
  return Object.entries(MARKS).flatMap(([mark, meaning]) => (used.has(mark) ? [`${mark} ${meaning}`] : []));
}

/** The time of a log since the start of the axis, with its sign: a log may be earlier than the first span. */
export function offsetText(ms: number): string {
  const text = formatQuantity(ms, 'ms');
  return text.startsWith('-') ? text : `+${text}`;
}
