import type { EventSink } from '../../core/event.js';
import { DecodeError, tooLarge, type Decoder, type DecoderOptions } from '../decoder.js';
import { jsonStream } from '../json/stream.js';
import { textEvent } from '../json/text-event.js';
import { invalidUtf8, utf8Guard } from '../utf8.js';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set(Buffer.from('{['));
const CLOSING = new Set(Buffer.from('}]'));
const BLANK = new Set(Buffer.from(' \t\r\n'));

/** The state of JSON text that is read line by line. */
type JsonState = 'whole' | 'open' | 'invalid';

/**
 * Checks lines that may form JSON together: objects and arrays, valid so far, and closed or open at the end of a line.
 */
class JsonProbe {
  readonly #json: Decoder;
  #depth = 0;
  #isInString = false;

  constructor(options: DecoderOptions) {
    this.#json = jsonStream(() => undefined, { ...options, elements: true });
  }

  /** Takes the next bytes. */
  add(bytes: Uint8Array): JsonState {
    try {
      void this.#json.write(bytes);
    } catch (error) {
      if (error instanceof DecodeError && error.reason !== 'event_too_large') return 'invalid';
      throw error;
    }
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (this.#isInString && byte === BACKSLASH) at++;
      else if (byte === QUOTE) this.#isInString = !this.#isInString;
      else if (this.#isInString) continue;
      else if (OPENING.has(byte)) this.#depth++;
      else if (CLOSING.has(byte)) this.#depth--;
    }
    return this.#depth === 0 ? 'whole' : 'open';
  }
}

/**
 * Decodes `text/plain`. A line of JSON (objects or arrays of events) is read as such; any other line, without its line
 * ending, is a text event. As long as everything before was JSON, an object or array may take several lines. So
 * `navigator.sendBeacon(url, JSON.stringify(event))` in a page sends an event with its keys, and JSON lines of a mixed
 * log keep theirs.
 */
export class TextOrJson implements Decoder {
  readonly #sink: EventSink;
  readonly #options: DecoderOptions;
  readonly #utf8 = utf8Guard();
  /** The chunks of an unfinished line. */
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  /** Lines that may form JSON with later ones, each with its line feed. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #probe: JsonProbe | undefined;
  /** Empty lines: events when text follows, white space within JSON. */
  #blankLines = 0;
  #isAllJson = true;
  #hasJson = false;
  /** Decodes the rest, once there is too much JSON to buffer. */
  #rest: Decoder | undefined;
  #line = 1;
  #offset = 0;

  constructor(sink: EventSink, options: DecoderOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  write(chunk: Uint8Array): void {
    if (this.#passOn(chunk)) return;
    const valid = this.#utf8.validBytes(chunk);
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0 && at < valid; at = chunk.indexOf(NEWLINE, start)) {
      this.#hold(chunk.subarray(start, at));
      start = at + 1;
      if (this.#passOn(chunk.subarray(at))) return;
      this.#endLine();
      if (this.#passOn(chunk.subarray(start))) return;
      this.#line++;
    }
    if (valid < chunk.length) throw invalidUtf8({ line: this.#line, offset: this.#offset + valid });
    if (start < chunk.length) this.#hold(chunk.slice(start));
    this.#offset += chunk.length;
  }

  end(): void {
    if (this.#rest) {
      void this.#rest.end();
      return;
    }
    if (!this.#utf8.isComplete()) throw invalidUtf8({ line: this.#line, offset: this.#offset });
    if (this.#partsBytes > 0) this.#endLine();
    if (this.#held.length > 0) this.#giveUp();
    if (!this.#hasJson) this.#emitBlankLines();
  }

  /** Passes bytes to the decoder of the rest; false before it exists. */
  #passOn(bytes: Uint8Array): boolean {
    void this.#rest?.write(bytes);
    return this.#rest !== undefined;
  }

  #hold(part: Uint8Array): void {
    this.#parts.push(part);
    this.#partsBytes += part.length;
    // One more byte may be the first half of a line ending.
    if (this.#partsBytes <= this.#options.maxEventBytes + 1) return;
    if (!this.#streamTheRest()) throw this.#tooLarge();
  }

  #endLine(): void {
    const line = Buffer.concat(this.#parts, this.#partsBytes);
    this.#parts = [];
    this.#partsBytes = 0;
    this.#take(line);
  }

  #take(line: Buffer): void {
    if (this.#probe) {
      this.#settle(line, this.#probe.add(withLineFeed(line)));
      return;
    }
    const first = line.find(isInked);
    if (first === undefined && this.#isAllJson) this.#blankLines++;
    else if (first === undefined || !OPENING.has(first)) this.#emitText(line);
    else if (!this.#isAllJson && !CLOSING.has(line.findLast(isInked)!)) this.#emitText(line);
    else {
      this.#probe = new JsonProbe(this.#options);
      this.#settle(line, this.#probe.add(withLineFeed(line)));
    }
  }

  /** Decides on a line that may be JSON, together with the buffered ones. */
  #settle(line: Buffer, state: JsonState): void {
    this.#held.push(withLineFeed(line));
    this.#heldBytes += line.length + 1;
    if (state === 'whole') this.#emitJson();
    else if (state === 'invalid' || !this.#isAllJson) this.#giveUp();
    else if (this.#heldBytes > this.#options.maxEventBytes) this.#streamTheRest();
  }

  #emitJson(): void {
    const bytes = this.#release();
    this.#blankLines = 0;
    this.#hasJson = true;
    const json = jsonStream(this.#sink, { ...this.#options, elements: true });
    void json.write(bytes);
    void json.end();
  }

  /** Examines the buffered lines one by one, since they are not JSON together. */
  #giveUp(): void {
    const lines = this.#held;
    this.#release();
    const [first, ...others] = lines.map(line => line.subarray(0, -1));
    // From here on, an object takes at most one line.
    this.#emitText(first!);
    for (const line of others) this.#take(line);
  }

  /**
   * Decodes everything buffered and everything that follows as JSON. Returns false when the buffered lines are not JSON
   * so far.
   */
  #streamTheRest(): boolean {
    const bytes = Buffer.concat([...this.#held, ...this.#parts]);
    const first = bytes.find(isInked);
    const mayBeJson = this.#isAllJson && first !== undefined && OPENING.has(first);
    if (!mayBeJson || new JsonProbe(this.#options).add(bytes) === 'invalid') return false;
    this.#release();
    this.#parts = [];
    this.#hasJson = true;
    this.#rest = jsonStream(this.#sink, { ...this.#options, elements: true });
    void this.#rest.write(bytes);
    return true;
  }

  #release(): Buffer {
    const bytes = Buffer.concat(this.#held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    this.#probe = undefined;
    return bytes;
  }

  #emitText(line: Buffer): void {
    this.#isAllJson = false;
    this.#emitBlankLines();
    const end = line[line.length - 1] === CARRIAGE_RETURN ? line.length - 1 : line.length;
    if (end > this.#options.maxEventBytes) throw this.#tooLarge();
    this.#emitString(line.toString('utf8', 0, end));
  }

  #emitBlankLines(): void {
    for (; this.#blankLines > 0; this.#blankLines--) this.#emitString('');
  }

  #emitString(text: string): void {
    const event = textEvent(text);
    this.#sink(event.bytes, 0, event.bytes.length, event.meta);
  }

  #tooLarge(): DecodeError {
    return tooLarge(this.#options.maxEventBytes, { line: this.#line, offset: this.#offset });
  }
}

function isInked(byte: number): boolean {
  return !BLANK.has(byte);
}

function withLineFeed(line: Buffer): Buffer {
  return Buffer.concat([line, Buffer.of(NEWLINE)]);
}
