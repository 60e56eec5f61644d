import { ENCODING, type EventSink } from '../../core/event.js';
import { DecodeError, tooLarge } from '../../formats/decoder.js';
import { markLength } from './blocks.js';
import type { LineFacts, LineFormat, LineOutput } from './line-formats.js';
import { LineShape, objectIn, withoutColours, type Piece } from './line-shape.js';
import { NO_SHAPE, type Member } from './members.js';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A byte of text takes up to six in JSON (`\u0000`). */
const GROWTH = 6;

/** Room for the keys of a log event and the name of its file. */
const FRAME_BYTES = 1024;

/** So that pieces are some, whatever the limit. */
const SHORTEST_PIECE = 64;

/** The feeder does not read them: the receiver finds them again. */
const NO_FACTS = { shape: NO_SHAPE, encoding: ENCODING.none, idStart: -1, idEnd: -1 };

/** What becomes of a line that is not of the type: it ends the reading, is left out, or is kept as text. */
export type BadLine = 'stop' | 'skip' | 'text';

/** What the lines of a log are made events with. */
export interface LogLineOptions {
  /** The type of the next line. Where it changes, what is pending is handed out, and a block is taken up to there. */
  readonly format: () => LineFormat;
  /** Members that each event gets, unless it has one of the name. */
  readonly members: readonly Member[];
  /** Takes the objects that lines are, and the events of lines of a type: they get no members here. */
  readonly objects: EventSink;
  /** Takes the events that were made of text, whole. */
  readonly texts: EventSink;
  /** The longest line, and the largest event, in bytes. */
  readonly limit: () => number;
  /** Called with the number and text of a line that is not of the type. */
  readonly onBad: (line: number, text: Buffer, error: DecodeError) => BadLine;
  /** Called at the first piece of a line that is cut. */
  readonly onCut?: () => void;
  /** Lines that come before. */
  readonly lines?: number;
  /** Pieces taken of the first line. */
  readonly part?: number;
}

/** Members of containers' lines. */
const CONTAINER_KEYS = ['stream', 'attrs'];

/**
 * Makes events of the lines of a log. A line is taken once its newline is there. A longer one than the limit is taken in
 * pieces, cut at the same bytes however the text comes. Left out are a byte order mark, and the zero bytes before a line
 * that a program leaves which was not told that its file was truncated.
 */
export class LogLines {
  /** Pieces taken of the line under way; 0 between two lines. */
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
      line: (text, facts) => this.#line(text, facts),
      pieces: (text, facts, pieces, isLast) => this.#pieces(text, facts, pieces, isLast),
    };
  }

  /** Lines taken. */
  get lines(): number {
    return this.#lines;
  }

  /** True when a line that is not of the type ended the reading: what was taken ends before it. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** True while parts of a line were taken whose event is still to come. */
  get isPending(): boolean {
    return this.#format.isPending;
  }

  /** True while reading cannot begin behind what was taken: within a line, or while parts of one are pending. */
  get inBadLine(): boolean {
    return this.#inBadLine || this.part > 0 || this.#format.isPending;
  }

  /** Takes lines from the start of a block. @returns the bytes taken; the others are to come again, with more behind them. */
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

  /** Hands out what is pending: what follows is another text. */
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
    const { bytes: event } = withoutColours({ bytes: Buffer.from(text), facts: NO_FACTS });
    if (event.length > this.#options.limit()) throw tooLarge(this.#options.limit(), {});
    this.#options.objects(event, 0, event.length, NO_FACTS);
  }

  #line(line: Buffer, facts: LineFacts): void {
    const limit = this.#options.limit();
    const object = objectIn(line, limit);
    if (object) {
      const whole = this.#objects.object(object, facts.time, valuesOf(facts));
      const event = whole.length > limit ? object.bytes : whole;
      this.#options.objects(event, 0, event.length, event === object.bytes ? object.facts : NO_FACTS);
      return;
    }
    const event = this.#text(line, facts);
    if (event.length > limit) this.#pieces(line, facts, 0, true);
    else this.#options.texts(event, 0, event.length, NO_FACTS);
  }

  /** Cuts a part of a line, of which there are some pieces already. @returns how many there are now. */
  #pieces(text: Buffer, facts: LineFacts, before: number, isLast: boolean): number {
    let pieces = before;
    const size = this.#pieceBytes();
    if (pieces === 0) this.#options.onCut?.();
    for (let at = 0; at < text.length;) {
      const cut = text.length - at > size ? characterStart(text, at + size) : text.length;
      this.#piece(text.subarray(at, cut), facts, { ordinal: ++pieces, isLast: isLast && cut === text.length });
      at = cut;
    }
    return pieces;
  }

  /** Takes pieces of a line that may not be whole yet. @returns how far it is taken. */
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
    return Math.max(SHORTEST_PIECE, Math.floor((this.#options.limit() - FRAME_BYTES) / GROWTH));
  }

  #piece(text: Buffer, facts: LineFacts, piece: Piece): void {
    const limit = this.#options.limit();
    const whole = this.#text(text, facts, piece);
    const event = whole.length > limit ? this.#texts.text(text, facts.time, [], { piece, isRaw: true }) : whole;
    this.#options.texts(event, 0, event.length, NO_FACTS);
  }

  #text(line: Buffer, facts: LineFacts, piece?: Piece): Buffer {
    return this.#texts.text(line, facts.time, [...valuesOf(facts), ...this.#values], piece && { piece });
  }
}

function valuesOf({ stream, attributes }: LineFacts): readonly (string | undefined)[] {
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
