import type { EventSink } from '../../core/event.js';
import { DecodeError, type Decoder, type DecoderOptions } from '../decoder.js';
import { jsonStream } from './stream.js';
import { TelemetryError } from '../../core/errors.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const FIRST_OF_NULL = 0x6e;

/** A character of a key takes up to six bytes in JSON; longer keys cannot be on the path. */
const BYTES_A_CHARACTER = 6;

/** The maximum number of lists at other paths that an error names. */
const MAX_CANDIDATES = 5;

/** A step of a path: `.key`, `key`, `."any key"` or `["any key"]`. */
const STEP = /\s*(?:\.?([^.[\]"\s]+)|\.?"((?:[^"\\]|\\.)*)"|\["((?:[^"\\]|\\.)*)"\])/y;

/**
 * The keys that lead to a list: `Records`, `.a.b`, `$.a."b.c"`; an `[]` or `[*]` at the end has no effect, and `.` is
 * the document itself.
 * @throws TelemetryError `usage` for anything else.
 */
export function pathOf(text: string): readonly string[] {
  const steps = text
    .trim()
    .replace(/^\$/, '')
    .replace(/\[\*?\]$/, '');
  const path: string[] = [];
  if (steps === '' || steps === '.') return path;
  STEP.lastIndex = 0;
  while (STEP.lastIndex < steps.length) {
    const from = STEP.lastIndex;
    const [, plain, quoted, bracketed] = STEP.exec(steps) ?? [];
    if (STEP.lastIndex === 0 || STEP.lastIndex === from) {
      throw new TelemetryError('usage', `--each: "${text}" is not a path to a list`, {
        remedy: 'Write the keys that lead to it, with dots between them, such as Records or .data.items.',
      });
    }
    path.push(plain ?? (JSON.parse(`"${quoted ?? bracketed ?? ''}"`) as string));
  }
  return path;
}

/**
 * Decodes one list of a document, each of whose elements is an event; the document may be larger than any event, and
 * others may follow. Scans the rest only for strings and brackets.
 */
export class ElementsAt implements Decoder {
  readonly #path: readonly string[];
  readonly #sink: EventSink;
  readonly #options: DecoderOptions;
  /** The number of open containers. */
  #depth = 0;
  /** Depth of the path matched so far, including the document, counted from the outside. */
  #matched = 0;
  /** True when the next string is a key of a container on the path. */
  #isKeyNext = false;
  /** True when the next value is at the path. */
  #isNext = false;
  /** The bytes of the current key or string. */
  #key: number[] | undefined;
  #inString = false;
  #isEscaped = false;
  /** The decoder of the list, once its bracket was read. */
  #list: Decoder | undefined;
  #listDepth = 0;
  #listStart = { line: 1, offset: 0 };
  #found = 0;
  #line = 1;
  #offset = 0;
  #lastKey = '';
  readonly #candidates = new Set<string>();
  readonly #longestKey: number;

  constructor(path: readonly string[], sink: EventSink, options: DecoderOptions) {
    this.#path = path;
    this.#sink = sink;
    this.#options = options;
    this.#longestKey = BYTES_A_CHARACTER * Math.max(64, ...path.map(key => key.length));
  }

  /** Keys of the document that hold lists, for the error when the path matches none. */
  get candidates(): readonly string[] {
    return [...this.#candidates];
  }

  write(chunk: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (this.#inString && !this.#key && !this.#isEscaped) at = stringStop(chunk, at);
      if (at === chunk.length) break;
      const c = chunk[at]!;
      if (c === NEWLINE) this.#line++;
      if (this.#inString) this.#inside(c);
      else if (c > SPACE) {
        const wasList = this.#list !== undefined;
        this.#outside(c, this.#offset + at);
        if (!wasList && this.#list) from = at;
        else if (wasList && this.#depth < this.#listDepth) {
          this.#handOn(chunk.subarray(from, at + 1));
          this.#endList();
        }
      }
    }
    if (this.#list) this.#handOn(chunk.subarray(from));
    this.#offset += chunk.length;
  }

  /** @throws DecodeError for an incomplete document, or one without a list at the path. */
  end(): void {
    const place = { line: this.#line, offset: this.#offset };
    if (this.#depth > 0 || this.#inString) throw new DecodeError('truncated_json', 'the document is not whole', place);
    if (this.#found > 0) return;
    const others = this.candidates.length === 0 ? '' : `; there is one at ${this.candidates.join(', ')}`;
    throw new DecodeError('invalid_json', `the document has no list at ${this.#name()}${others}`, { line: 1 });
  }

  #name(): string {
    return this.#path.length === 0 ? 'its top' : this.#path.join('.');
  }

  /** A byte within a string. */
  #inside(c: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (c === BACKSLASH) this.#isEscaped = true;
    else if (c === QUOTE) {
      this.#inString = false;
      return;
    }
    if (this.#key && this.#key.length <= this.#longestKey) this.#key.push(c);
  }

  /** A byte outside of strings other than white space. @param offset its offset, for errors. */
  #outside(c: number, offset: number): void {
    switch (c) {
      case QUOTE:
        this.#inString = true;
        this.#key = this.#isKeyNext && !this.#list ? [] : undefined;
        if (!this.#isKeyNext) this.#valueBegins(c, offset);
        break;
      case COLON:
        if (this.#key) {
          this.#lastKey = keyText(this.#key);
          this.#isNext = this.#depth === this.#matched && this.#lastKey === this.#path[this.#matched - 1];
          this.#key = undefined;
        }
        this.#isKeyNext = false;
        break;
      case COMMA:
        this.#isNext = false;
        this.#isKeyNext = this.#isOnPath();
        break;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        this.#open(c, offset);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        this.#depth--;
        if (this.#depth < 0)
          throw new DecodeError('invalid_json', 'a bracket is closed that was not opened', {
            line: this.#line,
            offset,
          });
        this.#matched = Math.min(this.#matched, this.#depth);
        this.#isKeyNext = this.#isNext = false;
        break;
      default:
        this.#valueBegins(c, offset);
    }
  }

  #isOnPath(): boolean {
    return !this.#list && this.#depth > 0 && this.#depth === this.#matched;
  }

  #open(c: number, offset: number): void {
    const isHere = this.#depth === 0 ? this.#path.length === 0 : this.#isNext && this.#matched === this.#path.length;
    const leadsOn = this.#depth === 0 || this.#isNext;
    if (
      c === OPEN_ARRAY &&
      !this.#list &&
      this.#depth === 1 &&
      this.#lastKey !== '' &&
      this.#candidates.size < MAX_CANDIDATES
    )
      this.#candidates.add(this.#lastKey);
    if (isHere && c === OPEN_ARRAY && !this.#list) this.#beginList(offset);
    else if (isHere && !this.#list) this.#valueBegins(c, offset);
    else if (leadsOn && c === OPEN_OBJECT && !this.#list) this.#matched = this.#depth + 1;
    this.#depth++;
    this.#isNext = false;
    this.#isKeyNext = c === OPEN_OBJECT && this.#isOnPath();
  }

  /** A value other than a list; an error at the path, unless it is null. */
  #valueBegins(c: number, offset: number): void {
    const isHere = this.#isNext && this.#matched === this.#path.length;
    const isAlone = this.#depth === 0;
    if (isAlone || (isHere && c !== FIRST_OF_NULL)) {
      const what = isAlone ? 'the text is not a JSON document' : `what is at ${this.#name()} is not a list`;
      throw new DecodeError('invalid_json', what, { line: this.#line, offset });
    }
    if (isHere) this.#found++;
    this.#isNext = false;
  }

  #beginList(offset: number): void {
    this.#list = jsonStream(this.#sink, { ...this.#options, elements: true });
    this.#listDepth = this.#depth + 1;
    this.#listStart = { line: this.#line, offset };
    this.#found++;
  }

  #handOn(bytes: Uint8Array): void {
    this.#located(() => void this.#list?.write(bytes));
  }

  #endList(): void {
    this.#located(() => void this.#list?.end());
    this.#list = undefined;
  }

  /** Gives errors of the list their offset in the whole text. */
  #located(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const { line = 1, offset = 0 } = error;
      const start = this.#listStart;
      throw new DecodeError(error.reason, error.message, {
        line: start.line + line - 1,
        offset: start.offset + offset,
      });
    }
  }
}

/** The next significant byte of a string: its end or an escape. */
function stringStop(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    const c = bytes[at];
    if (c === QUOTE || c === BACKSLASH) break;
  }
  return at;
}

function keyText(bytes: readonly number[]): string {
  try {
    return JSON.parse(`"${Buffer.from(bytes).toString()}"`) as string;
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}
