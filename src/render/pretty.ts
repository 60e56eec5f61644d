import type { ChalkInstance } from 'chalk';
import { chalkFor } from './chalk.js';
import { paintLevel } from './level.js';
import { paintService, paintStatus } from './paint.js';
import { visible } from './visible.js';
import { ahead, cutStyled, padEnd, widthOf } from './width.js';

/** An event as `telemetry tail` shows it: its selected parts, as text. */
export interface PrettyEvent {
  /** Formatted, in the requested time zone. */
  readonly time: string;
  readonly type: string;
  readonly level: string | null;
  readonly name: string | null;
  readonly message: string | null;
  readonly service?: string | undefined;
  /** True when the service precedes the name, and duration and status follow. */
  readonly isSpan?: boolean | undefined;
  readonly duration?: string | undefined;
  readonly status?: string | undefined;
  /** Of a metric, with its unit. */
  readonly value?: string | undefined;
  /** The other fields in order: dotted key and value as text. */
  readonly fields: readonly (readonly [key: string, value: string])[];
}

/** Options of {@link prettyEvent}. */
export interface PrettyOptions {
  /** The width of the terminal in cells; undefined when the output is not a terminal: nothing is cut. */
  readonly columns?: number | undefined;
  readonly color: boolean;
  /** Formats the time; unchanged by default. */
  readonly formatTime?: ((time: string) => string) | undefined;
}

/** Widths of the usual types and levels, to align the text after them. */
const TYPE_WIDTH = 6;
const LEVEL_WIDTH = 5;

/** Values that need quotes, as in logfmt: those that a space would not end. */
const NEEDS_QUOTES = /^$|^"|\s/;

/**
 * One line for one event, without a line end, cut to the terminal: time and type; for a span service, name, duration
 * and status; for a metric name and value; for others level, name, message and service; then `key=value`.
 */
export function prettyEvent(event: PrettyEvent, options: PrettyOptions): string {
  const chalk = chalkFor(options.color);
  const { columns, formatTime } = options;
  const near = (text: string) => (columns === undefined ? text : ahead(text, columns));
  const own = (text: string) => visible(near(text));
  const parts = function* (): Generator<string> {
    yield chalk.dim(own(formatTime ? formatTime(event.time) : event.time));
    yield chalk.cyan(padEnd(own(event.type), TYPE_WIDTH));
    yield* heads(event, chalk, own);
    for (const [key, value] of event.fields) yield chalk.dim(`${own(key)}=`) + visible(quoted(near(value)));
  };
  return columns === undefined ? [...parts()].join(' ').trimEnd() : cutStyled(upTo(columns, parts()), columns);
}

/** The main parts of an event after time and type. */
function* heads(event: PrettyEvent, chalk: ChalkInstance, own: (text: string) => string): Generator<string> {
  const { level, name, message, service, isSpan, duration, status, value } = event;
  const paint = paintService(service ?? '', chalk);
  if (isSpan && service !== undefined) yield paint(own(service));
  if (level !== null) yield paintLevel(level, chalk)(padEnd(own(level), LEVEL_WIDTH));
  if (name !== null) yield chalk.bold(own(name));
  if (duration !== undefined) yield own(duration);
  if (status !== undefined) yield paintStatus(status, chalk)(own(status));
  if (value !== undefined) yield own(value);
  if (message !== null) yield own(message);
  if (!isSpan && service !== undefined) yield chalk.dim('service=') + paint(visible(quoted(own(service))));
}

/** Joins parts until they exceed the width; the rest is not made. */
function upTo(columns: number, parts: Iterable<string>): string {
  const line: string[] = [];
  let width = 0;
  for (const part of parts) {
    line.push(part);
    width += widthOf(part) + 1;
    if (width > columns + 1) break;
  }
  return line.join(' ').trimEnd();
}

function quoted(value: string): string {
  return NEEDS_QUOTES.test(value) ? JSON.stringify(value) : value;
}
