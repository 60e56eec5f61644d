import { DecodeError } from '../../formats/decoder.js';
import { oneValue } from '../../formats/json/one-value.js';
import { jsonStream } from '../../formats/json/stream.js';
import type { LineFormat, LineOutput } from '../shared/line-formats.js';
import { objectIn } from '../shared/line-shape.js';

/** The beginning of a JSON object with a key, unlike lines such as `{name} is here` and `{ a: 1 }`. */
const OBJECT_WITH_KEY = /^\s*\{\s*"/;

/** The first characters of JSON values that are not objects. */
const OTHER_VALUE = /^\s*["[\d\-tfn]/;

const BLANK = /^\s*$/;

/** Enough of a line to tell how it begins. */
const BEGINNING_BYTES = 256;

/**
 * The lines of an input whose first line is a JSON object. It may be NDJSON, or the output of a program that logs JSON
 * and, at times, text. A line that is a JSON value is that value, and a blank line is skipped, as in NDJSON. A line that
 * begins as a JSON object and is not valid is an error. Any other line is text.
 */
export class MixedLines implements LineFormat {
  /** A line over the limit is an error, as in NDJSON. */
  readonly isText = false;
  readonly isPending = false;
  readonly #limit: () => number;
  #texts = 0;

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** Lines taken that were text. */
  get texts(): number {
    return this.#texts;
  }

  take(line: Buffer, out: LineOutput): void {
    const limit = this.#limit();
    if (objectIn(line, limit)) {
      out.line(line, {});
      return;
    }
    const beginning = line.toString('latin1', 0, BEGINNING_BYTES);
    if (line.length <= BEGINNING_BYTES && BLANK.test(beginning)) return;
    if (OBJECT_WITH_KEY.test(beginning)) throw brokenIn(line, limit);
    if (OTHER_VALUE.test(beginning) && oneValue(line, limit)) {
      out.value(Buffer.from(line.toString().trim()));
      return;
    }
    this.#texts++;
    out.line(line, {});
  }

  end(): void {
    // No line is pending.
  }
}

/** The error of a line that is not one JSON value. */
function brokenIn(line: Buffer, maxEventBytes: number): DecodeError {
  const decoder = jsonStream(() => undefined, { maxEventBytes });
  try {
    void decoder.write(line);
    void decoder.end();
  } catch (error) {
    if (error instanceof DecodeError) return new DecodeError(error.reason, error.message);
    throw error;
  }
  return new DecodeError('invalid_json', 'there is more than one JSON value in the line');
}
