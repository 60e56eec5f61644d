import { ENCODING, type EventSink } from '../../core/event.js';
import { DecodeError, tooLarge } from '../../formats/decoder.js';
import { markLength } from './blocks.js';
import type { LineMeta, LineFormat, LineOutput } from './line-formats.js';
import { LineShape, objectIn, withoutColours, type Piece } from './line-shape.js';
import { NO_SHAPE, type Member } from './members.js';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A byte of text takes up to six bytes in JSON (`\u0000`). */
const GROWTH = 6;

/** Room for the keys of a log event and the name of its file. */
const FRAME_BYTES = 1024;

/** Keeps pieces non-empty for any limit. */
const MIN_PIECE_BYTES = 64;

/** The sender does not use these fields: the receiver computes them. */
const NO_META = { shape: NO_SHAPE, encoding: ENCODING.none, idStart: -1, idEnd: -1 };

/** Handling of a line that is not of the format: stop reading, skip it, or keep it as text. */
export type BadLine = 'stop' | 'skip' | 'text';

/** Options of {@link LogLines}. */
export interface LogLineOptions {
  /** The format of the next line. A change emits pending lines and ends the block there. */
  readonly format: () => LineFormat;
  /** Members added to each event that lacks them. */
  readonly members: readonly Member[];
  /** Takes lines that are objects, and events of typed lines: they get no members here. */
  readonly objects: EventSink;
  /** Takes complete events made of text. */
  readonly texts: EventSink;
  /** The longest line, and the largest event, in bytes. */
  readonly limit: () => number;
  /** Called with the number and text of a line that is not of the format. */
  readonly onBad: (line: number, text: Buffer, error: DecodeError) => BadLine;
  /** Called for the first piece of a long line. */
  readonly onCut?: () => void;
  /** Lines before the first. */
  readonly lines?: number;
  /** Pieces already taken of the first line. */
  readonly part?: number;
}

/** Members of container lines. */
const CONTAINER_KEYS = ['stream', 'attrs'];

/**
 * Makes events of the lines of a log. A line is taken once its newline is there. A line over the limit is taken in
 * pieces, cut at the same bytes however the text is chunked. Skips a byte order mark, and the zero bytes that a program
 * leaves before a line when its file was truncated without its knowledge.
 */
export class LogLines {
  /** Pieces taken of the current line; 0 between two lines. */
  part: number;
  readonly #options: LogLineOptions;
  readonly #out: LineOutput;
  readonly #objects = new LineShape(CONTAINER_KEYS);
  readonly #texts: LineShape;
  readonly #values: readonly string[];
  #lines: number;
  #isStopped = false;
  #inBadLine = false;
  #format: LineFormat;

  constructor(options: LogLineOptions) {
    this.#options = options;
    this.#format = options.format();
    this.part = options.part ?? 0;
    this.#lines = options.lines ?? 0;
    this.#texts = new LineShape([...CONTAINER_KEYS, ...options.members.map(({ key }) => key)]);
    this.#values = options.members.map(({ json }) => json);
    this.#out = {
      json: text => this.#json(text),
      value: json => this.#options.objects(json, 0, json.length, NO_META),
      line: (text, meta) => this.#line(text, meta),
      pieces: (text, meta, pieces, isLast) => this.#pieces(text, meta, pieces, isLast),
    };
  }

  /** Lines taken. */
  get lines(): number {
    return this.#lines;
  }

  /** True when a line that is not of the format ended the reading: the bytes taken end before it. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** True while the event of some taken lines is incomplete. */
  get isPending(): boolean {
    return this.#format.isPending;
  }

  /** True while reading cannot resume after the bytes taken: within a line, or while parts of one are pending. */
  get inBadLine(): boolean {
    return this.#inBadLine || this.part > 0 || this.#format.isPending;
  }

  /**
   * Takes lines from the start of a block.
   * @returns the number of bytes taken; the others must come again, followed by more.
   */
  take(block: Buffer, isLast: boolean): number {
    const { limit } = this.#options;
    for (let at = 0; ;) {
      if (this.part === 0 && this.#changesFormat() && at > 0) return at;
      if (this.part === 0) while (block[at] === 0) at++;
      const newline = block.indexOf(NEWLINE, at);
      const end = newline < 0 ? block.length : newline;
      const isWhole = newline >= 0 || isLast;
      if (newline < 0 && (end === at || this.#inBadLine)) {
        if (isLast) this.end();
        return end;
      }
      const isLong = this.part > 0 || end - at > limit();
      if (this.#inBadLine) this.#inBadLine = false;
      else if (!isWhole && !isLong) return at;
      else if (!isLong) this.#take(withoutReturn(block.subarray(at + markLength(block.subarray(at, end)), end)));
      else if (this.#format.isText || !this.#isLeftOut(block.subarray(at, end))) {
        at = this.#takePieces(block, at, end, isWhole);
        if (!isWhole) return at;
      } else this.#inBadLine = !isWhole && !this.#isStopped;
      if (this.#isStopped) return at;
      if (isWhole) this.#lines++;
      if (newline < 0) {
        if (isLast) this.end();
        return end;
      }
      at = newline + 1;
    }
  }

  /** Emits pending lines: another text follows. */
  end(): void {
    this.part = 0;
    this.#inBadLine = false;
    this.#format.end(this.#out);
  }

  #changesFormat(): boolean {
    const format = this.#options.format();
    if (format === this.#format) return false;
    this.#format.end(this.#out);
    this.#format = format;
    return true;
  }

  #take(line: Buffer): void {
    try {
      this.#format.take(line, this.#out);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#refuse(line, error);
    }
  }

  #refuse(line: Buffer, error: DecodeError): void {
    switch (this.#options.onBad(this.#lines + 1, line, error)) {
      case 'stop':
        this.#isStopped = true;
        return;
      case 'skip':
        return;
      case 'text':
        this.#line(line, {});
    }
  }

  /** False for a line over the limit that is kept as text. */
  #isLeftOut(line: Buffer): boolean {
    if (this.part > 0) return false;
    const verdict = this.#options.onBad(this.#lines + 1, line, tooLarge(this.#options.limit(), {}));
    this.#isStopped = verdict === 'stop';
    return verdict !== 'text';
  }

  #json(text: string): void {
    const { bytes: event } = withoutColours({ bytes: Buffer.from(text), meta: NO_META });
    if (event.length > this.#options.limit()) throw tooLarge(this.#options.limit(), {});
    this.#options.objects(event, 0, event.length, NO_META);
  }

  #line(line: Buffer, meta: LineMeta): void {
    const limit = this.#options.limit();
    const object = objectIn(line, limit);
    if (object) {
      const whole = this.#objects.object(object, meta.time, valuesOf(meta));
      const event = whole.length > limit ? object.bytes : whole;
      this.#options.objects(event, 0, event.length, event === object.bytes ? object.meta : NO_META);
      return;
    }
    const event = this.#text(line, meta);
    if (event.length > limit) this.#pieces(line, meta, 0, true);
    else this.#options.texts(event, 0, event.length, NO_META);
  }

  /** Cuts a part of a line into pieces. @returns the number of pieces so far. */
  #pieces(text: Buffer, meta: LineMeta, before: number, isLast: boolean): number {
    let pieces = before;
    const size = this.#pieceBytes();
    if (pieces === 0) this.#options.onCut?.();
    for (let at = 0; at < text.length;) {
      const cut = text.length - at > size ? characterStart(text, at + size) : text.length;
      this.#piece(text.subarray(at, cut), meta, { ordinal: ++pieces, isLast: isLast && cut === text.length });
      at = cut;
    }
    return pieces;
  }

  /** Takes pieces of a line that may be incomplete. @returns the offset taken up to. */
  #takePieces(block: Buffer, from: number, end: number, isWhole: boolean): number {
    const size = this.#pieceBytes();
    let at = from;
    if (this.part === 0) this.#options.onCut?.();
    while (end - at > size) {
      const cut = characterStart(block, at + size);
      this.#piece(block.subarray(at, cut), {}, { ordinal: ++this.part, isLast: false });
      at = cut;
    }
    if (!isWhole) return at;
    const last = withoutReturn(block.subarray(at, end));
    if (last.length > 0) this.#piece(last, {}, { ordinal: ++this.part, isLast: true });
    this.part = 0;
    return end;
  }

  #pieceBytes(): number {
    return Math.max(MIN_PIECE_BYTES, Math.floor((this.#options.limit() - FRAME_BYTES) / GROWTH));
  }

  #piece(text: Buffer, meta: LineMeta, piece: Piece): void {
    const limit = this.#options.limit();
    const whole = this.#text(text, meta, piece);
    const event = whole.length > limit ? this.#texts.text(text, meta.time, [], { piece, isRaw: true }) : whole;
    this.#options.texts(event, 0, event.length, NO_META);
  }

  #text(line: Buffer, meta: LineMeta, piece?: Piece): Buffer {
    return this.#texts.text(line, meta.time, [...valuesOf(meta), ...this.#values], piece && { piece });
  }
}

function valuesOf({ stream, attributes }: LineMeta): readonly (string | undefined)[] {
  return stream === undefined ? NO_VALUES : [JSON.stringify(stream), attributes];
}

const NO_VALUES: readonly undefined[] = [undefined, undefined];

function withoutReturn(line: Buffer): Buffer {
  return line[line.length - 1] === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

/** The start of the character that the byte belongs to. */
function characterStart(bytes: Buffer, at: number): number {
  for (let back = 0; back < 4; back++) if ((bytes[at - back]! & 0xc0) !== 0x80) return at - back;
  return at;
}
