import { ENCODING, type Encoding } from '../../core/event.js';
import { toWellFormedEscapes } from '../journal/surrogates.js';
import { Page } from './line-divider.js';

/** A page is full at this many bytes: see load-lines.ts. */
const PAGE_BYTES = 1024 * 1024;

/** A larger event is not for lines. */
export const MAX_LINE_EVENT_BYTES = PAGE_BYTES;

/** Room for a full page and an event of usual size. */
const NEW_PAGE_BYTES = PAGE_BYTES + 256 * 1024;

/** The digits of an id, and separators. */
const MAX_ID_BYTES = 24;

const LINE_END = 0x1e;
const ENCODING_MARK = 4;
const LF = 0x0a;
const CR = 0x0d;

/** Writes events as pages of lines: see journal/event-lines.ts. The memory of the pages is used again. */
export class LineWriter {
  readonly #buffers: Buffer[] = [];
  /** The bytes of each page that is in use. */
  #used: number[] = [];
  #head = Buffer.alloc(0);

  /** Begins with no pages. @param receivedAt in microseconds since 1970. */
  restart(stream: number, receivedAt: number): void {
    this.#used = [];
    this.#head = Buffer.from(`\u0001${stream}\u0001${receivedAt}\u0001`);
  }

  /** Adds an event of at most {@link MAX_LINE_EVENT_BYTES}. */
  add(id: number, bytes: Uint8Array, start: number, end: number, encoding: Encoding): void {
    if (encoding !== ENCODING.none) {
      const text = encoded(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString(), encoding);
      this.#add(id, text, 0, text.length);
    } else this.#add(id, bytes, start, end);
  }

  /** The pages. They are valid until {@link restart}. */
  pages(): Page[] {
    return this.#used.map((used, i) => {
      const bytes = this.#buffers[i]!.subarray(0, used);
      if (bytes.includes(LF)) replace(bytes, LF, 2);
      if (bytes.includes(CR)) replace(bytes, CR, 3);
      return new Page(bytes);
    });
  }

  #add(id: number, bytes: Uint8Array, start: number, end: number): void {
    const head = this.#head;
    const page = this.#pageFor(MAX_ID_BYTES + head.length + end - start);
    const buffer = this.#buffers[page]!;
    let at = this.#used[page]!;
    if (at > 0) buffer[at++] = LINE_END;
    let digits = 1;
    for (let rest = id; rest > 9; rest = Math.floor(rest / 10)) digits++;
    for (let i = digits - 1, rest = id; i >= 0; i--, rest = Math.floor(rest / 10)) buffer[at + i] = 0x30 + (rest % 10);
    at += digits;
    for (let i = 0; i < head.length; i++) buffer[at + i] = head[i]!;
    at += head.length;
    buffer.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), at);
    this.#used[page] = at + end - start;
  }

  /** The number of a page with room for so many bytes. */
  #pageFor(needed: number): number {
    const current = this.#used.length - 1;
    const used = this.#used[current];
    if (used !== undefined && used < PAGE_BYTES && used + needed <= this.#buffers[current]!.length) return current;
    this.#used.push(0);
    const next = current + 1;
    if ((this.#buffers[next]?.length ?? 0) < needed) {
      this.#buffers[next] = Buffer.allocUnsafeSlow(Math.max(NEW_PAGE_BYTES, needed));
    }
    return next;
  }
}

/** The payload of an event that is not its bytes as sent, after its encoding and these bytes. */
function encoded(json: string, encoding: Encoding): Buffer {
  const mark = String.fromCharCode(ENCODING_MARK);
  const [name, sent, payload] =
    encoding === ENCODING.surrogate ? ['', json, toWellFormedEscapes(json)] : ['base64', '', json];
  return Buffer.from(`${mark}${name}${mark}${sent}${mark}${payload}`);
}

function replace(bytes: Buffer, byte: number, by: number): void {
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) bytes[at] = by;
}
