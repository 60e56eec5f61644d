import {
  appendFileSync,
  chmodSync,
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../core/errors.js';

/** The most statements that are kept: weeks of work, and loaded in a millisecond. */
export const MAX_HISTORY_ENTRIES = 1000;

/** The longest statement that is kept, in characters: longer ones come from programs. */
const MAX_ENTRY_LENGTH = 10_000;

/** A file larger than this, in bytes, is cut when a shell starts. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The statements of earlier shells, in a file of the store that only its owner may read. A line is a statement; one
 * with line breaks, or that begins with a double quote, is a JSON string. Several shells may append at once.
 */
export class History {
  readonly #file: string;
  readonly #entries: string[];
  #problem: unknown;

  /** @param dir the store's directory. */
  constructor(dir: string) {
    this.#file = join(dir, 'shell_history');
    this.#entries = this.#load();
  }

  /** The statements, the newest first. */
  get newestFirst(): readonly string[] {
    return this.#entries.toReversed();
  }

  /** The error that keeps the history from being stored; undefined without one. */
  get problem(): unknown {
    return this.#problem;
  }

  /** Adds a statement, unless it repeats the last one. */
  add(entry: string): void {
    if (entry === '' || entry.length > MAX_ENTRY_LENGTH || entry === this.#entries.at(-1)) return;
    this.#entries.push(entry);
    if (this.#entries.length > MAX_HISTORY_ENTRIES) this.#entries.shift();
    this.#attempt(() => {
      appendFileSync(this.#file, `${encode(entry)}\n`, { mode: 0o600 });
      // The file may be older than the rule, or the user's own.
      chmodSync(this.#file, 0o600);
    });
  }

  #load(): string[] {
    let text = '';
    this.#attempt(() => {
      text = readFileSync(this.#file, 'utf8');
    });
    const lines = text.split('\n').filter(line => line !== '');
    const entries = lines.slice(-MAX_HISTORY_ENTRIES).flatMap(decode);
    if (lines.length > 2 * MAX_HISTORY_ENTRIES || this.#isLarge()) this.#rewrite(entries);
    return entries;
  }

  #isLarge(): boolean {
    return (statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0) > MAX_FILE_BYTES;
  }

  #rewrite(entries: string[]): void {
    let bytes = 0;
    const first = entries.findLastIndex(entry => (bytes += Buffer.byteLength(encode(entry)) + 1) > MAX_FILE_BYTES / 2);
    const kept = entries.slice(first + 1);
    const tempFile = `${this.#file}.${process.pid}.tmp`;
    this.#attempt(() => {
      const descriptor = openSync(tempFile, 'w', 0o600);
      try {
        writeFileSync(descriptor, kept.map(entry => `${encode(entry)}\n`).join(''));
      } finally {
        closeSync(descriptor);
      }
      renameSync(tempFile, this.#file);
    });
    rmSync(tempFile, { force: true });
  }

  /** Calls `work`. Records the error of an unusable file, as in a read-only store, instead of throwing it. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      if (codeOf(error) !== 'ENOENT') this.#problem ??= error;
    }
  }
}

function encode(entry: string): string {
  return /^"|[\n\r]/.test(entry) ? JSON.stringify(entry) : entry;
}

/** Returns the entry of a line; none for a line that was cut by a crash. */
function decode(line: string): string[] {
  if (!line.startsWith('"')) return [line];
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'string' ? [entry] : [];
  } catch {
    return [];
  }
}
