import { numberText, type NumberText } from '../json/number-text.js';
import type { Label } from '../text/flat-labels.js';
import { compositeAt, type Composite } from './composite.js';
import { LineError } from './line-error.js';

/** An exemplar: a reference to something external, usually a trace, for a counted sample. */
export interface Exemplar {
  readonly labels: readonly Label[];
  readonly value: NumberText;
  readonly timestamp: string | undefined;
}

/** A line with content. */
export type Line =
  | {
      readonly kind: 'sample';
      readonly name: string;
      readonly labels: readonly Label[];
      readonly value: NumberText | Composite;
      readonly timestamp: string | undefined;
      /** Start of counting, in seconds since 1970 (OpenMetrics 2.0, "Start Timestamp"). */
      readonly start: NumberText | undefined;
      /** OpenMetrics 1.0 has one at most, 2.0 several. */
      readonly exemplars: readonly Exemplar[];
    }
  | { readonly kind: 'HELP' | 'TYPE' | 'UNIT'; readonly name: string; readonly text: string }
  | { readonly kind: 'EOF' };

const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const TOKEN = /[^ \t]+/y;
const BLANKS = /[ \t]*/y;
const COMPOSITE = /\{[a-z_]+:/y;
const START = 'st@';
const METADATA = /^[ \t]*#[ \t]*(HELP|TYPE|UNIT)[ \t]+/;
const END = /^# EOF[ \t]*$/;

/**
 * Reads one line of Prometheus' text format (version 0.0.4, with quoted names as in 1.0.0) or of OpenMetrics 1.0 or 2.0
 * ("ABNF"); undefined for an empty line and a comment. The grammars do not contradict each other, and senders label 2.0
 * as 1.0.0, so one reader accepts all.
 * @throws LineError for anything else.
 */
export function parseLine(line: string): Line | undefined {
  const first = skipBlanks(line, 0);
  if (first === line.length) return undefined;
  return line[first] === '#' ? comment(line) : sample(line, first);
}

function comment(line: string): Line | undefined {
  if (END.test(line)) return { kind: 'EOF' };
  const [start, kind] = METADATA.exec(line) ?? [];
  if (start === undefined) return undefined;
  const at = start.length;
  const [name, end] = line[at] === '"' ? quoted(line, at) : match(METRIC_NAME, line, at, 'a metric name');
  const text = line.slice(skipBlanks(line, end));
  return { kind: kind as 'HELP', name, text: kind === 'HELP' ? unescape(text) : text.trimEnd() };
}

function sample(line: string, start: number): Line {
  let name: string | undefined;
  let at = start;
  if (line[at] !== '{') [name, at] = match(METRIC_NAME, line, at, 'a metric name');
  at = skipBlanks(line, at);
  let labels: readonly Label[] = NO_LABELS;
  if (line[at] === '{' && !isComposite(line, at)) {
    const braces = inBraces(line, at, name);
    ({ labels, name, end: at } = braces);
  }
  if (name === undefined) throw new LineError('a sample has no name');
  at = skipBlanks(line, at);
  const { value, end: afterValue } = isComposite(line, at) ? compositePoint(line, at) : numberAt(line, at);
  const { timestamp, end: afterTime } = timestampAt(line, afterValue);
  const { start: began, end } = startAt(line, afterTime);
  let exemplars = NO_EXEMPLARS;
  at = end;
  while (line[at] === '#') {
    const { exemplar, end: after } = exemplarAt(line, at);
    exemplars = [...exemplars, exemplar];
    at = after;
  }
  if (at < line.length) throw new LineError('there is more after a sample', line, at);
  return { kind: 'sample', name, labels, value, timestamp, start: began, exemplars };
}

const NO_LABELS: readonly Label[] = [];
const NO_EXEMPLARS: readonly Exemplar[] = [];

function exemplarAt(line: string, hash: number): { exemplar: Exemplar; end: number } {
  const open = skipBlanks(line, hash + 1);
  if (line[open] !== '{') throw new LineError('an exemplar has no labels');
  const { labels, end: afterLabels } = inBraces(line, open, '');
  const { value, end: afterValue } = numberAt(line, skipBlanks(line, afterLabels));
  const { timestamp, end } = timestampAt(line, afterValue);
  return { exemplar: { labels, value, timestamp }, end };
}

/** True at a composite value, false at labels: their names have no colon. */
function isComposite(line: string, at: number): boolean {
  COMPOSITE.lastIndex = at;
  return line[at] === '{' && COMPOSITE.test(line);
}

function compositePoint(line: string, at: number): { value: Composite; end: number } {
  const { composite, end } = compositeAt(line, at);
  return { value: composite, end: skipBlanks(line, end) };
}

function numberAt(line: string, at: number): { value: NumberText; end: number } {
  const [text, end] = match(TOKEN, line, at, 'a value');
  const value = numberText(text);
  if (!value) throw new LineError('a value is not a number', line, at);
  return { value, end: skipBlanks(line, end) };
}

/** The optional timestamp. */
function timestampAt(line: string, at: number): { timestamp: string | undefined; end: number } {
  if (at === line.length || line[at] === '#' || line.startsWith(START, at)) return { timestamp: undefined, end: at };
  const [timestamp, end] = match(TOKEN, line, at, 'a timestamp');
  return { timestamp, end: skipBlanks(line, end) };
}

/** The optional start timestamp. */
function startAt(line: string, at: number): { start: NumberText | undefined; end: number } {
  if (!line.startsWith(START, at)) return { start: undefined, end: at };
  const { value, end } = numberAt(line, at + START.length);
  if (value.special !== undefined) throw new LineError('a start timestamp is not a number', line, at);
  return { start: value, end };
}

/** Reads braces: labels, and the metric's name when it is quoted. */
function inBraces(
  line: string,
  open: number,
  outside: string | undefined,
): { labels: readonly Label[]; name: string | undefined; end: number } {
  const labels: Label[] = [];
  let name = outside;
  let at = skipBlanks(line, open + 1);
  while (line[at] !== '}') {
    const isQuoted = line[at] === '"';
    const [key, afterKey] = isQuoted ? quoted(line, at) : match(LABEL_NAME, line, at, 'a label name');
    at = skipBlanks(line, afterKey);
    if (line[at] === '=') {
      const [value, end] = quoted(line, skipBlanks(line, at + 1));
      if (labels.some(([other]) => other === key)) throw new LineError(`the label "${key}" is there twice`);
      labels.push([key, value]);
      at = skipBlanks(line, end);
    } else if (isQuoted && name === undefined) name = key;
    else throw new LineError('a label has no value', line, open);
    if (line[at] === ',') at = skipBlanks(line, at + 1);
    else if (line[at] !== '}') throw new LineError('labels do not end', line, open);
  }
  return { labels, name, end: at + 1 };
}

function quoted(line: string, at: number): readonly [text: string, end: number] {
  if (line[at] !== '"') throw new LineError('a quote is missing', line, at);
  let hasEscape = false;
  for (let i = at + 1; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (c === 0x22) {
      const text = line.slice(at + 1, i);
      return [hasEscape ? unescape(text) : text, i + 1];
    }
    if (c === 0x5c) {
      hasEscape = true;
      i++;
    }
  }
  throw new LineError('a quote does not end', line, at);
}

/** A backslash before any other character is literal (OpenMetrics, "Escaping"). */
function unescape(text: string): string {
  return text.replace(/\\([\\n"])/g, (_, c: string) => (c === 'n' ? '\n' : c));
}

function match(pattern: RegExp, line: string, at: number, what: string): readonly [text: string, end: number] {
  pattern.lastIndex = at;
  const text = pattern.exec(line)?.[0];
  if (text === undefined) throw new LineError(`${what} is missing`, line, at);
  return [text, at + text.length];
}

function skipBlanks(line: string, at: number): number {
  const c = line.charCodeAt(at);
  if (c !== 0x20 && c !== 0x09) return at;
  BLANKS.lastIndex = at;
  return at + (BLANKS.exec(line)?.[0].length ?? 0);
}
