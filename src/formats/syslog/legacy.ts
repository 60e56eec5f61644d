import { ciscoHeader, isCiscoCode, type CiscoHeader } from './cisco.js';
import type { SyslogContext, SyslogFields } from './fields.js';
import { hostAt } from './host.js';
import { legacyTime, type LegacyTime } from './legacy-time.js';
import { tagAt } from './tag.js';

/** A header of RFC 3164. */
interface Header {
  readonly stamp: LegacyTime | undefined;
  readonly host: string | undefined;
  /** The offset of the text after it. */
  readonly end: number;
}

/**
 * Reads a message of RFC 3164 after its PRI. Every part but the text may be missing (section 4.3.3): anything other
 * than a timestamp, a host or a tag is text, unchanged.
 */
export function legacyFields(text: string, { now, peer }: SyslogContext): SyslogFields {
  const own = ciscoHeader(text, 0, now);
  if (own) return fields(text, { stamp: undefined, host: peer, end: 0 }, own);
  const stamp = stampOf(text, now);
  if (!stamp) return fields(text, spacedHeader(text, { now, peer }) ?? { stamp, host: peer, end: 0 }, undefined);
  // A colon follows the name of an ASA.
  const behindTime = ciscoHeader(text, stamp.end, now);
  if (behindTime) return fields(text, { stamp, host: peer, end: stamp.end }, behindTime);
  const named = hostAt(text, stamp.end, at => tagAt(text, at, true) !== undefined);
  const header = { stamp, host: named?.host ?? peer, end: named?.end ?? stamp.end };
  return fields(text, header, named && ciscoHeader(text, header.end, now));
}

/** The timestamp at the start of a message. Some devices send a blank before it. */
function stampOf(text: string, now: number): LegacyTime | undefined {
  let start = 0;
  while (text[start] === ' ') start++;
  return legacyTime(text, start, now);
}

/** An ISO date and a time of day with a blank between them. */
const SPACED = /^ *\d{4}-\d{2}-\d{2} (?=\d{2}:\d{2}:\d{2}(?!,))/;

/** A word that programs write behind such a time, where a header has the host. */
const SEVERITY = /^(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|CRIT(?:ICAL)?|FATAL)$/i;

/** A header whose time has a blank within it. Many texts begin so: the header counts with a host and a tag. */
function spacedHeader(text: string, { now, peer }: SyslogContext): Header | undefined {
  const date = SPACED.exec(text)?.[0];
  if (date === undefined) return undefined;
  const stamp = stampOf(`${date.slice(0, -1)}T${text.slice(date.length)}`, now);
  const named = stamp && hostAt(text, stamp.end, at => tagAt(text, at, true) !== undefined);
  if (!named || SEVERITY.test(named.host ?? '') || tagAt(text, named.end, true) === undefined) return undefined;
  return { stamp, host: named.host ?? peer, end: named.end };
}

function fields(text: string, { stamp, host, end }: Header, cisco: CiscoHeader | undefined): SyslogFields {
  const time = cisco?.stamp ?? stamp;
  const start = cisco?.end ?? end;
  const tag = tagAt(text, start, time !== undefined);
  // The code of a Cisco message names its type (MSGID of RFC 5424), not the program that sent it, and begins its text.
  const isCode = tag !== undefined && isCiscoCode(tag.app);
  const number = (digits: string | undefined): number | undefined =>
    digits === undefined ? undefined : Number(digits);
  return {
    time: time?.time,
    members: {
      host: cisco?.host ?? host,
      app: isCode ? undefined : tag?.app,
      procid: tag?.procid,
      msgid: isCode ? tag.app : undefined,
      msg: isCode ? text.slice(start).trimStart() : text.slice(tag?.end ?? start),
      sequence: number(cisco?.sequence),
      message_counter: number(cisco?.counter),
      node: cisco?.node,
      uptime: cisco?.uptime,
      time_zone: time?.zone,
      // As in RFC 5424, section 7.1.2.
      'timeQuality.isSynced': time?.isSynchronized === false ? '0' : undefined,
    },
  };
}
