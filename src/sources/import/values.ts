import { DecodeError, type DecoderOptions } from '../../formats/decoder.js';
import { jsonStream } from '../../formats/json/stream.js';
import type { EventSink } from '../../core/event.js';
import { countLines, markLength, type TakeBlock } from '../shared/blocks.js';

const NEWLINE = 0x0a;

/** Told of a line that is no event: its number, its text, and what is wrong. Returns whether to go on behind it. */
export type OnBadLine = (line: number, text: Buffer, error: DecodeError) => boolean;

/** How far lines are read. */
export interface LineProgress {
  /** Lines taken. */
  lines: number;
  /** Whether a bad line ended the reading: what was taken ends before it. */
  isStopped: boolean;
  /** Whether what was taken ends within a line that is left out: there is no place to begin at later. */
  inBadLine: boolean;
}

/** Before the first line, or behind so many. */
export function beforeLines(lines = 0): LineProgress {
  return { lines, isStopped: false, inBadLine: false };
}

/** What the reading of lines is made with. */
export interface LineOptions extends DecoderOptions {
  readonly progress: LineProgress;
  readonly onBadLine: OnBadLine;
}

/** Takes JSON values, one a line, or spread over several. What is none is left out up to the end of its line. */
export function takeValues(sink: EventSink, { progress, onBadLine, maxEventBytes, mayExceed }: LineOptions): TakeBlock {
  /** The end of the last value before the text ends or goes wrong. */
  function decode(text: Buffer, isLast: boolean): { end: number; error?: DecodeError } {
    let end = 0;
    const decoder = jsonStream(
      (bytes, start, valueEnd, facts) => {
        sink(bytes, start, valueEnd, facts);
        // Only at the very end does the decoder hand over bytes of its own.
        const isOurs = bytes.buffer === text.buffer && bytes.byteOffset >= text.byteOffset;
        end = isOurs ? bytes.byteOffset - text.byteOffset + valueEnd : text.length;
      },
      { maxEventBytes, mayExceed },
    );
    try {
      void decoder.write(text);
      if (isLast) void decoder.end();
      return { end };
    } catch (error) {
      if (error instanceof DecodeError) return { end, error };
      throw error;
    }
  }

  return (block, isLast) => {
    let at = progress.lines === 0 ? markLength(block) : 0;
    /** Goes on behind a line, which the block may not hold the end of. */
    function passLine(from: number): void {
      const newline = block.indexOf(NEWLINE, from);
      progress.inBadLine = newline < 0 && !isLast;
      progress.lines += countLines(block.subarray(at, newline < 0 ? block.length : newline + 1));
      at = newline < 0 ? block.length : newline + 1;
    }

    if (progress.inBadLine) passLine(0);
    while (at < block.length) {
      const { end, error } = decode(block.subarray(at), isLast);
      progress.lines += countLines(block.subarray(at, at + end));
      at += end;
      if (!error) return isLast ? block.length : at;
      let start = at;
      while (block[start]! <= 0x20) start++;
      progress.lines += countLines(block.subarray(at, start));
      at = start;
      const newline = block.indexOf(NEWLINE, start);
      const text = block.subarray(start, newline < 0 ? block.length : newline);
      if (!onBadLine(progress.lines + 1, text, error)) {
        progress.isStopped = true;
        return at;
      }
      passLine(start);
    }
    return at;
  };
}
