import { DecodeError, type DecoderOptions } from '../../formats/decoder.js';
import { jsonStream } from '../../formats/json/stream.js';
import type { EventSink } from '../../core/event.js';
import { countLines, markLength, type TakeBlock } from '../shared/blocks.js';

const NEWLINE = 0x0a;

/** Called with a line that is not an event: number, text and error. Returns true to continue after it. */
export type OnBadLine = (line: number, text: Buffer, error: DecodeError) => boolean;

/** The progress of reading lines. */
export interface LineProgress {
  /** Lines taken. */
  lines: number;
  /** True when a bad line ended the reading: the bytes taken end before it. */
  isStopped: boolean;
  /** True when the bytes taken end within a line that is left out: reading cannot resume there. */
  inBadLine: boolean;
}

/** The progress at the first line, or after `lines` lines. */
export function beforeLines(lines = 0): LineProgress {
  return { lines, isStopped: false, inBadLine: false };
}

/** Options of {@link takeValues}. */
export interface LineOptions extends DecoderOptions {
  readonly progress: LineProgress;
  readonly onBadLine: OnBadLine;
}

/** Takes JSON values, one a line or spread over several. Skips invalid text up to the end of its line. */
export function takeValues(sink: EventSink, { progress, onBadLine, ...options }: LineOptions): TakeBlock {
  /** The end of the last value before the text ends or becomes invalid. */
  function decode(text: Buffer, isLast: boolean): { end: number; error?: DecodeError } {
    let end = 0;
    const decoder = jsonStream((bytes, start, valueEnd, meta) => {
      sink(bytes, start, valueEnd, meta);
      // The decoder passes bytes from another buffer only at the very end.
      const isOurs = bytes.buffer === text.buffer && bytes.byteOffset >= text.byteOffset;
      end = isOurs ? bytes.byteOffset - text.byteOffset + valueEnd : text.length;
    }, options);
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
    /** Skips a line, which may end after the block. */
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
