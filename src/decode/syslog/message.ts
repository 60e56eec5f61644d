import { isUtf8 } from 'node:buffer';
import { legacyTime } from './legacy-time.js';
import { priorityOf } from './severity.js';
import { structuredData } from './structured-data.js';

/** What a message is read with. */
export interface SyslogContext {
  /** When it was received, in milliseconds since 1970: RFC 3164 leaves out the year. */
  readonly now: number;
  /** The sender's address, for messages that name no host. */
  readonly peer: string | undefined;
}

/** A syslog message as an event of type log, in JSON, and whether it was one. */
export interface SyslogEvent {
  readonly json: string;
  /** Whether it is no syslog message; then all of it is the event's `msg`. */
  readonly isMalformed: boolean;
}

const PRI = /^<(\d{1,3})>/;

/** VERSION, TIMESTAMP, HOSTNAME, APP-NAME, PROCID and MSGID (RFC 5424, section 6). */
const HEADER_5424 = /1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /y;

const TIMESTAMP_5424 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})$/;

/** TAG, with the process in brackets: the part of a message up to a colon (RFC 3164, section 4.1.3). */
const TAG = /^([^\s[\]:]{1,48})(?:\[([^\]\s]{0,128})\])?:\s?/;

/** Reads a message of RFC 5424 or RFC 3164. Whatever else comes is kept as text. */
export function syslogEvent(bytes: Uint8Array, context: SyslogContext): SyslogEvent {
  const isText = isUtf8(bytes);
  // Every byte of what is no UTF-8 is kept: in Latin-1, which older senders speak.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(isText ? 'utf8' : 'latin1');
  const [pri = '', digits = ''] = PRI.exec(text) ?? [];
  const priority = priorityOf(digits);
  const fields = priority && (modern(text, pri.length) ?? legacy(text.slice(pri.length), context));
  const event = {
    type: 'log',
    ...(fields && { time: fields.time }),
    ...priority,
    ...(fields?.members ?? { host: context.peer, msg: text }),
    ...(isText ? {} : { charset: 'latin1' }),
    ...(priority ? {} : { malformed: true }),
  };
  return { json: JSON.stringify(event), isMalformed: !priority };
}

interface Fields {
  readonly time: string | undefined;
  readonly members: Readonly<Record<string, unknown>>;
}

/** RFC 5424; undefined when it is not, also when its structured data is broken. */
function modern(text: string, start: number): Fields | undefined {
  HEADER_5424.lastIndex = start;
  const header = HEADER_5424.exec(text);
  if (!header) return undefined;
  const [, timestamp = '', ...names] = header;
  if (timestamp !== '-' && !TIMESTAMP_5424.test(timestamp)) return undefined;
  const data = structuredData(text, start + header[0].length);
  if (!data || (data.end < text.length && text[data.end] !== ' ')) return undefined;
  const [host, app, procid, msgid] = names.map(name => (name === '-' ? undefined : name));
  const msg = text.slice(data.end + 1).replace(/^\ufeff/, '');
  const own = { host, app, procid, msgid, msg };
  return { time: timestamp === '-' ? undefined : timestamp, members: { ...data.members, ...own } };
}

/** RFC 3164, whose parts may all be missing but the text (section 4.3.3); what follows the PRI is then the text. */
function legacy(text: string, { now, peer }: SyslogContext): Fields {
  const stamp = legacyTime(text, now);
  let rest = stamp ? text.slice(stamp.end) : text;
  let host = peer;
  // A host has a tag after it; a tag alone ends in a colon (`logger` without a host, older devices).
  const [named = '', name] = stamp ? (/^([^\s:[\]]+|\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*\]?) +/.exec(rest) ?? []) : [];
  if (name !== undefined) {
    host = name;
    rest = rest.slice(named.length);
  }
  const [tag = '', app, procid] = TAG.exec(rest) ?? [];
  return {
    time: stamp?.time,
    members: { host, app, procid: procid === '' ? undefined : procid, msg: rest.slice(tag.length) },
  };
}
