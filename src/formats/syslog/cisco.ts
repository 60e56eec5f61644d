import { hostIn } from './host.js';
import { legacyTime, type LegacyTime } from './legacy-time.js';

/** The header that a Cisco device puts before the text of a message. */
export interface CiscoHeader {
  /** `logging origin-id`, or the name of an ASA. */
  readonly host: string | undefined;
  readonly stamp: LegacyTime | undefined;
  /** Uptime of the device, when its clock is not set. */
  readonly uptime: string | undefined;
  /** The part of an IOS XR router that logged. */
  readonly node: string | undefined;
  /** Digits. When a device sends two numbers, the first counts its messages. */
  readonly sequence: string | undefined;
  readonly counter: string | undefined;
  /** The offset of the code or text. */
  readonly end: number;
}

/** `%FACILITY-SEVERITY-MNEMONIC:`, the facility with its parts. */
const CODE = /%[\w$]+(?:-[\w$]+)*-[0-7]-[\w$]+ ?:/y;
const CODE_ANYWHERE = /%[\w$-]+-[0-7]-[\w$]+ ?:/;

const WHOLE_CODE = /^%[\w$]+(?:-[\w$]+)*-[0-7]-[\w$]+$/;

/** The message counter. Devices that omit it still send its colon (NX-OS, ASA's EMBLEM format). */
const COUNTER = /(?:(\d{1,12}): |: ?)/y;
const MAY_COUNT = /[\d:]/;
const SEQUENCE = /(\d{1,12}): /y;
const ORIGIN = /(\S+?) ?: /y;
const NODE = /(?:(\S+) )?((?:[A-Za-z]{2,4}\/)?\d+\/\w+\/\w+):/y;
const UPTIME = /(\d{2,}:\d{2}:\d{2}|(?:\d+[ywdhms]){1,3}): /y;

/** A code is searched up to this offset: every possible header fits. */
const MAX_HEADER = 256;

/**
 * Reads the header of IOS, IOS XR, NX-OS and ASA at an offset of a message, after its PRI or a relay's header:
 * `[COUNTER: ][SEQUENCE: ][ORIGIN: ][SEQUENCE: ][[*|.]TIMESTAMP[ ZONE]: ]%CODE: text`. Undefined for a message of another device:
 * one with neither a code nor a counter followed by a time.
 */
export function ciscoHeader(text: string, start: number, now: number): CiscoHeader | undefined {
  let at = start;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  };

  const first = MAY_COUNT.test(text[start] ?? '') ? take(COUNTER) : null;
  if (!first && !hasCode(text, start)) return undefined;
  let second = first && take(SEQUENCE);
  let node = take(NODE);
  let host = node?.[1];
  let stamp = legacyTime(text, at, now);
  let uptime = stamp ? undefined : take(UPTIME)?.[1];
  if (!stamp && uptime === undefined && !node && !isCode(text, at)) {
    const before = at;
    host = hostIn(take(ORIGIN)?.[1] ?? '');
    if (host === undefined) at = before;
    else second ??= take(SEQUENCE);
    node = take(NODE);
    stamp = legacyTime(text, at, now);
    uptime = stamp ? undefined : take(UPTIME)?.[1];
  }
  if (stamp) at = stamp.end;
  if (!isCode(text, at) && !(first && (stamp ?? uptime))) return undefined;
  const [counter, sequence] = second ? [first?.[1], second[1]] : [undefined, first?.[1]];
  return { host, stamp, uptime, node: node?.[2], sequence, counter, end: at };
}

/** True for `%FACILITY-SEVERITY-MNEMONIC`, the type of a message of a Cisco device. */
export function isCiscoCode(text: string): boolean {
  return WHOLE_CODE.test(text);
}

/** True when a code may follow soon: most messages have none. */
function hasCode(text: string, start: number): boolean {
  const percent = text.indexOf('%', start);
  return percent >= 0 && percent < start + MAX_HEADER && CODE_ANYWHERE.test(text.slice(start, start + MAX_HEADER));
}

function isCode(text: string, at: number): boolean {
  CODE.lastIndex = at;
  return CODE.test(text);
}
