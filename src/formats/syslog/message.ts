import { isUtf8 } from 'node:buffer';
import { deviceFields } from './device-headers.js';
import type { SyslogContext, SyslogFields } from './fields.js';
import { legacyFields } from './legacy.js';
import { isoText } from './legacy-time.js';
import { priorityOf } from './severity.js';
import { structuredData } from './structured-data.js';

/** A syslog message as an event of type log, in JSON. */
export interface SyslogEvent {
  readonly json: string;
  /** True when it is not a syslog message; the event's `msg` is then all of it. */
  readonly isMalformed: boolean;
}

const PRI = /^<(\d{1,3})>/;

/**
 * VERSION, TIMESTAMP, HOSTNAME, APP-NAME, PROCID and MSGID (RFC 5424, section 6). Senders exceed the RFC's lengths of
 * the last three, so all may be as long as the longest.
 */
const HEADER_5424 = /1 (\S{1,255}) (\S{1,255}) (\S{1,255}) (\S{1,255}) (\S{1,255}) /y;

/** One blank before the text: relays keep the blank after a TAG. An indented line has more, and keeps them. */
const RELAYED_BLANK = /^ (?! )/;

const BYTE_ORDER_MARK = /^\ufeff/;

/** Reads a message of RFC 5424 or RFC 3164. Anything else is kept as text. */
export function syslogEvent(bytes: Uint8Array, context: SyslogContext): SyslogEvent {
  const isText = isUtf8(bytes);
  // A message that is not UTF-8 keeps every byte: as Latin-1, which older senders use.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, messageEnd(bytes)).toString(isText ? 'utf8' : 'latin1');
  const [pri = '', digits = ''] = PRI.exec(text) ?? [];
  const priority = priorityOf(digits);
  const fields =
    priority &&
    (modernFields(text, pri.length) ?? deviceFields(text, pri.length) ?? legacyFields(text.slice(pri.length), context));
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

/** The length of a message without trailing NUL, CR and LF, which senders add even in datagrams. */
function messageEnd(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d || bytes[end - 1] === 0)) end--;
  return end;
}

/** Reads RFC 5424; undefined without its header. Malformed structured data is part of the text. */
function modernFields(text: string, start: number): SyslogFields | undefined {
  HEADER_5424.lastIndex = start;
  const header = HEADER_5424.exec(text);
  if (!header) return undefined;
  const [, timestamp = '', ...names] = header;
  const time = timestamp === '-' ? undefined : isoText(timestamp);
  if (timestamp !== '-' && time === undefined) return undefined;
  const [host, app, procid, msgid] = names.map(name => (name === '-' ? undefined : name));
  const dataStart = start + header[0].length;
  const data = structuredData(text, dataStart);
  const isSound = data && (data.end === text.length || text[data.end] === ' ');
  const rest = isSound ? text.slice(data.end + 1).replace(RELAYED_BLANK, '') : text.slice(dataStart);
  const own = { host, app, procid, msgid, msg: rest.replace(BYTE_ORDER_MARK, '') };
  return { time, members: { ...(isSound && data.members), ...own } };
}
