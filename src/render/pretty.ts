import type { ChalkInstance } from 'chalk';
import { chalkFor } from './chalk.js';
import { paintLevel } from './level.js';
import { paintService, paintStatus } from './paint.js';
import { visible } from './visible.js';
import { ahead, cutStyled, padEnd, widthOf } from './width.js';

/** An event as `telemetry tail` shows it: the parts it picked out, as text. */
export interface PrettyEvent {
  /** Already printed, in the time zone asked for. */
  readonly time: string;
  readonly type: string;
  readonly level: string | null;
  readonly name: string | null;
  readonly message: string | null;
  readonly service?: string | undefined;
  /** True puts the service before the name, with the duration and the status behind it. */
  readonly isSpan?: boolean | undefined;
  readonly duration?: string | undefined;
  readonly status?: string | undefined;
  /** Of a metric, with its unit. */
  readonly value?: string | undefined;
  /** The other fields, in order: dotted key and value as text. */
  readonly fields: readonly (readonly [key: string, value: string])[];
}

/** How an event is shown. */
export interface PrettyOptions {
  /** The width of the terminal in character cells; undefined is not a terminal: nothing is cut. */
  readonly columns?: number | undefined;
  readonly color: boolean;
  /** A last change to how the time is shown; as it stands by default. */
  readonly formatTime?: ((time: string) => string) | undefined;
}

/** Widths that the usual types and levels fill, so that what follows them lines up. */
const TYPE_WIDTH = 6;
const LEVEL_WIDTH = 5;

/** A value that would not end at the next space is quoted, as in logfmt. */
const NEEDS_QUOTES = /^$|^"|\s/;

/**
 * One line for one event, without a line end, cut to the terminal: time and type; of a span its service, name, duration
 * and status; of a metric its name and value; of any other its level, name, message and service; then `key=value`.
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

/** What matters of an event, without its time and type. */
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

/** As many of the parts as reach past the width: what is beyond it need not be made. */
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
