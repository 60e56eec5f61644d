import { isUtf8 } from 'node:buffer';
import { DecodeError, tooLarge } from '../decode/decoder.js';
import type { EventSink } from '../core/event.js';
import { markLength, type TakeBlock } from './blocks.js';
import type { LineOptions } from './values.js';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Makes an event of a line, without its line ending. @throws DecodeError when it is none. */
export type LineDecoder = (line: string, sink: EventSink) => void;

/** Takes lines, each an event. */
export function takeLines(
  decode: LineDecoder,
  sink: EventSink,
  { progress, onBadLine, maxEventBytes }: LineOptions,
): TakeBlock {
  function takeLine(bytes: Buffer): void {
    progress.lines++;
    const text = bytes[bytes.length - 1] === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
    try {
      if (text.length > maxEventBytes) throw tooLarge(maxEventBytes, {});
      if (!isUtf8(text)) throw new DecodeError('invalid_utf8', 'the line is not valid UTF-8');
      decode(text.toString(), sink);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (onBadLine(progress.lines, text, error)) return;
      progress.lines--;
      progress.isStopped = true;
    }
  }

  return (block, isLast) => {
    let at = progress.lines === 0 ? markLength(block) : 0;
    if (progress.inBadLine) {
      const newline = block.indexOf(NEWLINE);
      progress.inBadLine = newline < 0 && !isLast;
      at = newline < 0 ? block.length : newline + 1;
    }
    for (let newline = block.indexOf(NEWLINE, at); newline >= 0; newline = block.indexOf(NEWLINE, at)) {
      takeLine(block.subarray(at, newline));
      if (progress.isStopped) return at;
      at = newline + 1;
    }
    // A block without a line ending is as long as a line may be.
    if (at < block.length && (isLast || at === 0)) {
      takeLine(block.subarray(at));
      if (progress.isStopped) return at;
      at = block.length;
      progress.inBadLine = !isLast;
    }
    return at;
  };
}
