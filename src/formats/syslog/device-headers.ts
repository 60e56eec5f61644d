import type { SyslogFields } from './fields.js';
import { hostIn } from './host.js';
import { isoText } from './legacy-time.js';

/** Cisco Meraki: a header like that of RFC 5424, with an epoch as its time, and without the parts after the host. */
const MERAKI = /1 ([1-9]\d{9})\.(\d{1,9}) (\S{1,255}) /y;

/** FortiGate: only key-value pairs. The date and the time come first, in the zone of `tz`. */
const FORTIGATE = /date=(\d{4}-\d{2}-\d{2}) time=(\d{2}:\d{2}:\d{2}) /y;

/** Reads the headers of devices that follow neither RFC; undefined for any other message. */
export function deviceFields(text: string, start: number): SyslogFields | undefined {
  return merakiFields(text, start) ?? fortigateFields(text, start);
}

function merakiFields(text: string, start: number): SyslogFields | undefined {
  MERAKI.lastIndex = start;
  const [header, seconds, fraction = '', word = ''] = MERAKI.exec(text) ?? [];
  const host = hostIn(word);
  if (header === undefined || host === undefined) return undefined;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  return { time: `${whole}.${fraction}Z`, members: { host, msg: text.slice(start + header.length) } };
}

/** The fields of a FortiGate message. Its header remains part of the text. */
function fortigateFields(text: string, start: number): SyslogFields | undefined {
  FORTIGATE.lastIndex = start;
  const [header, date, clock] = FORTIGATE.exec(text) ?? [];
  if (header === undefined) return undefined;
  const value = (name: string): string | undefined => {
    const [, quoted, bare] = new RegExp(` ${name}=(?:"([^"]*)"|(\\S+))`).exec(text.slice(start)) ?? [];
    return quoted ?? bare;
  };
  const local = `${date!}T${clock!}`;
  const time = isoText(`${local}${value('tz') ?? ''}`) ?? isoText(local);
  const host = value('devname');
  return time === undefined || host === undefined ? undefined : { time, members: { host, msg: text.slice(start) } };
}
