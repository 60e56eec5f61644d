import { flatLabels } from '../text/flat-labels.js';
import { fieldsOf } from './fields.js';

/** True for an event or a service check of DogStatsD; all other lines are metrics. */
export function isDogstatsd(line: string): boolean {
  return line.startsWith('_e{') || line.startsWith('_sc|');
}

/**
 * Reads an event `_e{TITLE_BYTES,TEXT_BYTES}:TITLE|TEXT|...` or a service check `_sc|NAME|STATUS|...` of DogStatsD, as
 * an event in JSON. Undefined when it is malformed.
 * @param now the time of receipt, ISO 8601: the event's time by default
 */
export function dogstatsdEvent(line: string, now: string): string | undefined {
  return line.startsWith('_sc|') ? serviceCheck(line, now) : event(line, now);
}

/** The letters of an event's fields, and their names in Datadog's interface. */
const EVENT_FIELDS = { h: 'host', p: 'priority', t: 'alert_type', k: 'aggregation_key', s: 'source_type_name' };

const CHECK_FIELDS = { h: 'host', m: 'message' };

const STATUSES = ['ok', 'warning', 'critical', 'unknown'];

function event(line: string, now: string): string | undefined {
  const [head = '', titleBytes, textBytes] = /^_e\{(\d{1,6}),(\d{1,6})\}:/.exec(line) ?? [];
  if (head === '') return undefined;
  const bytes = Buffer.from(line.slice(head.length));
  const titleEnd = Number(titleBytes);
  const end = titleEnd + 1 + Number(textBytes);
  if (titleEnd === 0 || bytes[titleEnd] !== 0x7c || end > bytes.length) return undefined;
  if (end < bytes.length && bytes[end] !== 0x7c) return undefined;
  const members = {
    type: 'event',
    title: unescaped(bytes.toString('utf8', 0, titleEnd)),
    text: unescaped(bytes.toString('utf8', titleEnd + 1, end)),
  };
  return json(now, members, bytes.toString('utf8', end + 1).split('|'), EVENT_FIELDS);
}

function serviceCheck(line: string, now: string): string | undefined {
  // The message comes last, and may contain field separators.
  const messageAt = line.search(/\|m:/);
  const fields = (messageAt < 0 ? line : line.slice(0, messageAt)).split('|');
  const [, name = '', status = '', ...rest] = fields;
  if (name === '' || !/^[0-3]$/.test(status)) return undefined;
  const members = { type: 'service_check', name, status: STATUSES[Number(status)] };
  return json(now, members, messageAt < 0 ? rest : [...rest, unescaped(line.slice(messageAt + 1))], CHECK_FIELDS);
}

function json(
  now: string,
  members: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  names: Readonly<Record<string, string>>,
): string {
  const said: Record<string, string> = {};
  let time = now;
  for (const field of fields) {
    const colon = field.indexOf(':');
    const letter = field.slice(0, colon);
    const value = field.slice(colon + 1);
    if (letter === 'd' && /^\d{1,11}$/.test(value)) time = new Date(Number(value) * 1000).toISOString();
    else if (Object.hasOwn(names, letter)) said[names[letter]!] = value;
  }
  const own = { time, ...members, ...said };
  const { tags } = fieldsOf(fields);
  return `${JSON.stringify(own).slice(0, -1)}${flatLabels(tags, new Set(Object.keys(own)))}}`;
}

/** A line has no newlines; those of a text are escaped as `\n`. */
function unescaped(text: string): string {
  return text.replaceAll('\\n', '\n');
}
