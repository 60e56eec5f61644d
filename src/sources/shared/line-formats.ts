import { isUtf8 } from 'node:buffer';
import type { LineInputFormat } from '../../core/input-format.js';
import { DecodeError } from '../../formats/decoder.js';
import { accessLogLine } from '../../formats/lines/access-log.js';
import { criRecord, dockerRecord, type ContainerRecord } from '../../formats/lines/container-log.js';
import { apacheErrorLine, nginxErrorLine } from '../../formats/lines/error-log.js';
import { journaldLine } from '../../formats/lines/journald.js';
import { patternLine } from '../../formats/lines/pattern.js';
import { syslogFileLine } from '../../formats/lines/syslog-file.js';
import { logfmtLine } from '../../formats/text/logfmt.js';

/** Members of a line that its container runtime adds. */
export interface LineMeta {
  /** ISO 8601. */
  readonly time?: string;
  readonly stream?: string;
  /** As JSON. */
  readonly attributes?: string | undefined;
}

/** Takes the results of a line format. */
export interface LineOutput {
  /** An event, as a JSON object. @throws DecodeError when it is too large. */
  json(text: string): void;
  /** An event, as any JSON value. */
  value(json: Buffer): void;
  /** A line of a program. */
  line(text: Buffer, meta: LineMeta): void;
  /** A part of a line that is too long for one event. @returns the number of pieces of the line so far. */
  pieces(text: Buffer, meta: LineMeta, pieces: number, isLast: boolean): number;
}

/** Makes events of the lines of a format. */
export interface LineFormat {
  /** True when any line is valid; a line that is too long is cut into pieces. */
  readonly isText: boolean;
  /** True while lines were taken whose event is incomplete. */
  readonly isPending: boolean;
  /**
   * Takes a line without its line ending.
   * @throws DecodeError when it is not of the format; the state is unchanged then.
   */
  take(line: Buffer, out: LineOutput): void;
  /** Emits pending lines: no line follows. */
  end(out: LineOutput): void;
}

/** Options of {@link lineFormat}. */
export interface FormatOptions {
  /** Of `regex`. */
  readonly pattern?: string | undefined;
  /** Last write of the file, in milliseconds since 1970: some times lack the year. */
  readonly now: () => number;
  /** The largest event, in bytes. */
  readonly limit: () => number;
}

/** Creates the reader of a line format. @throws TelemetryError `usage` for an invalid pattern. */
export function lineFormat(reading: LineInputFormat, { pattern, now, limit }: FormatOptions): LineFormat {
  switch (reading) {
    case 'text':
      return { ...single((line, out) => out.line(line, {})), isText: true };
    case 'docker':
      return new ContainerLines(dockerRecord, limit);
    case 'cri':
      return new ContainerLines(criRecord, limit);
    case 'syslog':
      return single((line, out) => line.length > 0 && out.json(syslogFileLine(line, now())));
    case 'journald':
      return single((line, out) => line.length > 0 && out.json(journaldLine(utf8(line))));
    case 'nginx':
      return ofText(line => oneOf(line, accessLogLine, nginxErrorLine));
    case 'apache':
      return ofText(line => oneOf(line, accessLogLine, apacheErrorLine));
    case 'logfmt':
      return ofText(logfmtLine, (line, out) => out.line(line, {}));
    case 'regex':
      return ofText(patternLine(pattern ?? ''));
  }
}

/** Each line is an event. */
function single(take: (line: Buffer, out: LineOutput) => unknown): LineFormat {
  return { isText: false, isPending: false, take: (line, out) => void take(line, out), end: () => undefined };
}

/** Each line is text that is an event; empty ones are skipped. @param other takes any other line. */
function ofText(
  decode: (line: string) => string | undefined,
  other: (line: Buffer, out: LineOutput) => void = () => undefined,
): LineFormat {
  return single((line, out) => {
    const text = utf8(line).toString();
    if (text.trim() === '') return;
    const json = decode(text);
    if (json === undefined) other(line, out);
    else out.json(json);
  });
}

function utf8(line: Buffer): Buffer {
  if (!isUtf8(line)) throw new DecodeError('invalid_utf8', 'the line is not valid UTF-8');
  return line;
}

/** Servers write two kinds of lines; the first character usually tells them apart. */
function oneOf(line: string, access: (line: string) => string, error: (line: string) => string): string {
  const isError = /^(?:\[\w{3} |\d{4}\/)/.test(line);
  return isError ? error(line) : access(line);
}

/** A line of a container that its runtime has split. */
interface Pending {
  readonly meta: LineMeta;
  parts: Buffer[];
  bytes: number;
  /** Pieces of it that were emitted. */
  pieces: number;
}

/** Joins the parts of long lines that a container runtime split, separately for each stream. */
class ContainerLines implements LineFormat {
  readonly isText = false;
  readonly #read: (line: Buffer) => ContainerRecord;
  readonly #limit: () => number;
  readonly #pending = new Map<string, Pending>();

  constructor(read: (line: Buffer) => ContainerRecord, limit: () => number) {
    this.#read = read;
    this.#limit = limit;
  }

  get isPending(): boolean {
    return this.#pending.size > 0;
  }

  take(line: Buffer, out: LineOutput): void {
    if (line.length === 0) return;
    const { stream, time, attributes, text, isPartial } = this.#read(line);
    let pending = this.#pending.get(stream);
    if (!pending && !isPartial) {
      out.line(text, { time, stream, attributes });
      return;
    }
    pending ??= { meta: { time, stream, attributes }, parts: [], bytes: 0, pieces: 0 };
    this.#pending.set(stream, pending);
    // A copy: the buffer of the block is reused.
    pending.parts.push(Buffer.from(text));
    pending.bytes += text.length;
    if (!isPartial) this.#finish(stream, pending, out);
    else if (pending.bytes > this.#limit()) {
      pending.pieces = out.pieces(joined(pending), pending.meta, pending.pieces, false);
      pending.parts = [];
      pending.bytes = 0;
    }
  }

  end(out: LineOutput): void {
    for (const [stream, pending] of this.#pending) this.#finish(stream, pending, out);
  }

  #finish(stream: string, pending: Pending, out: LineOutput): void {
    this.#pending.delete(stream);
    if (pending.pieces > 0) out.pieces(joined(pending), pending.meta, pending.pieces, true);
    else out.line(joined(pending), pending.meta);
  }
}

function joined({ parts, bytes }: Pending): Buffer {
  return Buffer.concat(parts, bytes);
}
