/** TAG: the program of a message, and its process. */
export interface Tag {
  readonly app: string;
  readonly procid: string | undefined;
  /** The offset of the message's text. */
  readonly end: number;
}

/** Longer than RFC 3164's 32 and the 48 of some devices: container runtimes put two names in a tag. */
const MAX_TAG = 128;

/**
 * A name, and a process in brackets. RFC 3164, section 4.1.3, has letters and digits only; programs also have `-_.`,
 * paths, parentheses (`sshd(pam_unix)`), and Cisco's codes a percent sign.
 */
const TAG = new RegExp(
  String.raw`((?:[\p{L}\p{N}_(%.-][\p{L}\p{N}_./()@%+,~#&-]{0,${MAX_TAG - 1}})|\/[\w./-]{1,${MAX_TAG - 1}})(?:\[([^\]\s]{0,${MAX_TAG}})\](:?)|:(?=\s|$))\s?`,
  'uy',
);

const LETTER = /\p{L}/u;

/** Formats of events, with their version after the colon: they are text of a message. */
const FORMATS = new Set(['CEF', 'LEEF']);

/**
 * Reads the TAG at an offset: a name with a letter, followed by a process in brackets or by a colon and a blank.
 * Anything else (JSON, a URL, a time of day, a path) is text. Undefined without one.
 * @param hasHeader true after a timestamp: a process then needs no colon
 */
export function tagAt(text: string, start: number, hasHeader: boolean): Tag | undefined {
  TAG.lastIndex = start;
  const [all, app, procid, colon] = TAG.exec(text) ?? [];
  if (all === undefined || app === undefined || !LETTER.test(app) || FORMATS.has(app)) return undefined;
  const isProcess = procid !== undefined;
  if (isProcess && colon === '' && !(hasHeader && /^\d+$/.test(procid) && /\s$|^$/.test(all.slice(-1)))) {
    return undefined;
  }
  // A path with several parts and a colon is the subject of a message; `/bsd:` is OpenBSD's kernel.
  if (!isProcess && app.lastIndexOf('/') > 0 && app.startsWith('/')) return undefined;
  return { app, procid: procid === '' ? undefined : procid, end: start + all.length };
}
