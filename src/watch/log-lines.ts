import { isUtf8 } from 'node:buffer';
import { ENCODING, type EventSink } from '../core/event.js';
import { markLength, type TakeBlock } from '../feeds/blocks.js';
import { objectEvent, textEvent } from './line-event.js';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A byte of text takes up to six in JSON (`\u0000`). */
const GROWTH = 6;

/** Room for the keys of a log event and the name of its file. */
const FRAME_BYTES = 1024;

/** So that pieces are some, whatever the limit. */
const SHORTEST_PIECE = 64;

/** The feeder does not read them: the receiver finds them anew. */
const NO_FACTS = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };

/** What the lines of a log are made events with. */
export interface LogLineOptions {
  readonly file: string;
  /** The longest line, and the longest event, in bytes. */
  readonly limit: () => number;
  /** Pieces taken of the first line. */
  readonly part: number;
  /** Told of a line that is cut, at its first piece. */
  readonly onCut: () => void;
  /** Told of a line that is no UTF-8. */
  readonly onBroken: () => void;
}

/** The lines of a log, and whether the last one is still being taken. */
export interface LogLines {
  /** A line is taken once its newline is there. A longer one than the limit is taken in pieces, cut at the same bytes however the text comes. */
  readonly take: TakeBlock;
  /** Pieces taken of the line under way; 0 between two lines. */
  part: number;
}

/** Makes each line an event. Without its line ending, a byte order mark, and the zero bytes that a writer leaves before it who was not told that the file was truncated. */
export function logLines(sink: EventSink, { file, limit, part, onCut, onBroken }: LogLineOptions): LogLines {
  const lines: LogLines = { take, part };

  function emit(event: Buffer): void {
    sink(event, 0, event.length, NO_FACTS);
  }

  function emitWhole(line: Buffer): boolean {
    const object = objectEvent(line, file, limit());
    const event = object ?? textEvent(line, file);
    if (event.length > limit()) return false;
    if (!object && !isUtf8(line)) onBroken();
    emit(event);
    return true;
  }

  /** @returns how far the line is taken. */
  function takePieces(block: Buffer, from: number, end: number, isWhole: boolean): number {
    const size = Math.max(SHORTEST_PIECE, Math.floor((limit() - FRAME_BYTES) / GROWTH));
    let at = from;
    if (lines.part === 0) onCut();
    while (end - at > size) {
      const cut = characterStart(block, at + size);
      emit(textEvent(block.subarray(at, cut), file, ++lines.part));
      at = cut;
    }
    if (!isWhole) return at;
    const last = withoutReturn(block.subarray(at, end));
    if (last.length > 0) emit(textEvent(last, file, ++lines.part));
    lines.part = 0;
    return end;
  }

  function take(block: Buffer, isLast: boolean): number {
    let at = 0;
    for (;;) {
      if (lines.part === 0) while (block[at] === 0) at++;
      const newline = block.indexOf(NEWLINE, at);
      const end = newline < 0 ? block.length : newline;
      if (newline < 0 && end === at) {
        if (isLast) lines.part = 0;
        return at;
      }
      const isWhole = newline >= 0 || isLast;
      const isLong = lines.part > 0 || end - at > limit();
      if (!isWhole && !isLong) return at;
      const line = block.subarray(at, end);
      if (isLong || !emitWhole(withoutReturn(line.subarray(markLength(line))))) {
        at = takePieces(block, at, end, isWhole);
        if (!isWhole) return at;
      }
      if (newline < 0) return end;
      at = newline + 1;
    }
  }

  return lines;
}

function withoutReturn(line: Buffer): Buffer {
  return line[line.length - 1] === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

/** The start of the character that the byte belongs to. */
function characterStart(bytes: Buffer, at: number): number {
  for (let back = 0; back < 4; back++) if ((bytes[at - back]! & 0xc0) !== 0x80) return at - back;
  return at;
}
