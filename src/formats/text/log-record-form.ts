import type { EventSink } from '../../core/event.js';
import { DecodeError, tooLarge, type Decoder, type DecoderOptions } from '../decoder.js';
import { jsonEvents } from '../json/events.js';
import { jsonStream } from '../json/stream.js';

/** A byte of text takes at most this many bytes in a form, percent-encoded. */
const ENCODED_BYTES = 3;

/** The longest name of a form's first field, in bytes: a longer start without an equals sign is not a form. */
const MAX_NAME_BYTES = 100;

/** A form begins with the name of a field, which JSON never does. */
const FORM = /^[ \t\r\n]*[A-Za-z_][\w.-]*=/;
const MAY_BE_FORM = /^[ \t\r\n]*(?:[A-Za-z_][\w.-]*)?$/;
const MAY_BEGIN_FORM = /^[ \t\r\nA-Za-z_]/;

/** Fields of Python's LogRecord that are numbers; `str()` has made all of them texts. */
const NUMBERS = new Set(['levelno', 'lineno', 'created', 'msecs', 'relativeCreated', 'thread', 'process']);

/** Fields of Python's LogRecord that are often `None`. */
const OFTEN_NONE = new Set(['exc_info', 'exc_text', 'stack_info', 'taskName', 'args', 'threadName', 'processName']);

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/;

/**
 * Decodes `application/x-www-form-urlencoded`, which `curl -d` declares for JSON, and which Python's
 * `logging.handlers.HTTPHandler` uses for log records: a form with the fields of a LogRecord is an event of type log,
 * anything else a stream of JSON values.
 */
export class FormOrJson implements Decoder {
  readonly #sink: EventSink;
  readonly #options: DecoderOptions;
  /** The body so far: until its kind is known, or all of a form. */
  #chunks: Uint8Array[] = [];
  #length = 0;
  #isForm = false;
  #json: Decoder | undefined;

  constructor(sink: EventSink, options: DecoderOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  write(chunk: Uint8Array): void | Promise<void> {
    if (this.#json) return this.#json.write(chunk);
    if (chunk.length === 0) return undefined;
    // Most bodies begin with a bracket, and are not copied.
    if (this.#length === 0 && !MAY_BEGIN_FORM.test(String.fromCharCode(chunk[0]!)))
      return this.#beginJson().write(chunk);
    this.#length += chunk.length;
    this.#chunks.push(chunk.slice());
    if (!this.#isForm) this.#decide();
    if (this.#isForm && this.#length > ENCODED_BYTES * this.#options.maxEventBytes) {
      throw tooLarge(this.#options.maxEventBytes, {});
    }
  }

  end(): void | Promise<void> {
    if (!this.#isForm) {
      const json = this.#beginJson();
      return json.end();
    }
    const fields = new URLSearchParams(Buffer.concat(this.#chunks).toString('latin1'));
    jsonEvents(this.#sink, this.#options)(logRecord(fields));
  }

  #decide(): void {
    const start = Buffer.concat(this.#chunks).toString('latin1', 0, MAX_NAME_BYTES);
    this.#isForm = FORM.test(start);
    const isOpen = start.length < MAX_NAME_BYTES && MAY_BE_FORM.test(start);
    if (!this.#isForm && !isOpen) this.#beginJson();
  }

  #beginJson(): Decoder {
    if (this.#json) return this.#json;
    this.#json = jsonStream(this.#sink, this.#options);
    for (const chunk of this.#chunks) void this.#json.write(chunk);
    this.#chunks = [];
    return this.#json;
  }
}

/** True for the fields of a log record, as far as they distinguish it from other forms. */
export function isLogRecord(fields: URLSearchParams): boolean {
  return fields.has('msg') && (fields.has('levelname') || fields.has('levelno'));
}

/**
 * A log record as JSON: its fields under their names, and its time.
 * @throws DecodeError `invalid_form` for any other form.
 */
function logRecord(fields: URLSearchParams): string {
  if (!isLogRecord(fields)) {
    const message = 'the form is not a log record of Python, which has msg and levelname; send JSON instead';
    throw new DecodeError('invalid_form', message);
  }
  const time = timeOf(fields.get('created'));
  const members = new Map([['type', '"log"']]);
  if (time !== undefined) members.set('time', JSON.stringify(time));
  for (const [key, value] of fields) {
    if (value === 'None' && OFTEN_NONE.has(key)) continue;
    members.set(key, NUMBERS.has(key) && NUMBER.test(value) ? value : JSON.stringify(value));
  }
  return `{${Array.from(members, ([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`;
}

/** Converts seconds since 1970, as Python prints them, to ISO 8601 with microseconds. */
function timeOf(created: string | null): string | undefined {
  const [, seconds, fraction = ''] = /^(\d{1,11})(?:\.(\d+))?$/.exec(created ?? '') ?? [];
  if (seconds === undefined) return undefined;
  const micros = fraction.slice(0, 6).padEnd(6, '0');
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', `.${micros}Z`);
}
