import { createHash, randomBytes } from 'node:crypto';
import { constants, copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, messageOf, TelemetryError } from '../../../../core/errors.js';
import { syncPath } from '../../../../store/archive/files.js';
import { lockFile } from '../../../../store/locks/file-lock.js';
import { ConditionFailed } from './object-storage.js';
import type { LocalFile, ObjectStorage, PutCondition, ReadObject } from './object-storage.js';

/** The folder for unfinished files and the lock of conditional writes. Other readers skip names with an underscore. */
const OWN_FOLDER = '_telemetry';

/** Time between two attempts to acquire the lock, in milliseconds. A writer holds it for less. */
const LOCK_RETRY_MS = 10;

/** Longest wait for the lock, in milliseconds. */
const MAX_LOCK_MS = 30_000;

/**
 * Objects as files below a folder. Writes are atomic: link(2) for new objects, rename(2) under a lock for replacements.
 */
export class FileStorage implements ObjectStorage {
  readonly #root: string;

  /** @param root absolute; the first write creates it. */
  constructor(root: string) {
    this.#root = root;
  }

  get description(): string {
    return this.#root;
  }

  urlOf(key: string): string {
    return this.#path(key);
  }

  async put(key: string, content: Buffer, condition: PutCondition): Promise<void> {
    const unlock = 'ifMatch' in condition ? await this.#lock() : undefined;
    const temporary = this.#temporary();
    try {
      const place = this.#path(key);
      this.#makeFolder(dirname(temporary));
      writeFileSync(temporary, content, { flush: true });
      this.#makeFolder(dirname(place));
      if ('ifMatch' in condition) {
        if (!existsSync(place) || etagOf(readFileSync(place)) !== condition.ifMatch) throw new ConditionFailed(key);
        renameSync(temporary, place);
      } else link(temporary, place, key);
      syncPath(dirname(place));
    } catch (error) {
      throw this.#errorFor(error);
    } finally {
      rmSync(temporary, { force: true });
      unlock?.();
    }
  }

  putFile(key: string, { path }: LocalFile): Promise<void> {
    return this.#async(() => {
      const place = this.#path(key);
      this.#makeFolder(dirname(place));
      try {
        link(path, place, key);
      } catch (error) {
        if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes(codeOf(error) ?? '')) throw error;
        this.#copy(path, place, key);
      }
      syncPath(dirname(place));
    });
  }

  get(key: string): Promise<ReadObject | undefined> {
    return this.#async(() => {
      try {
        const content = readFileSync(this.#path(key));
        return { content, etag: etagOf(content) };
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    });
  }

  download(key: string, path: string): Promise<void> {
    return this.#async(() => copyFileSync(this.#path(key), path, constants.COPYFILE_EXCL));
  }

  size(key: string): Promise<number | undefined> {
    return this.#async(() => statSync(this.#path(key), { throwIfNoEntry: false })?.size);
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#async(() => {
      for (const key of keys) rmSync(this.#path(key), { force: true });
    });
  }

  close(): void {
    // Nothing is open between calls.
  }

  #path(key: string): string {
    return join(this.#root, ...key.split('/'));
  }

  #temporary(): string {
    return join(this.#root, OWN_FOLDER, `unfinished-${randomBytes(6).toString('hex')}`);
  }

  /** Copies a file where links are not possible: the complete copy is then linked to its name. */
  #copy(path: string, place: string, key: string): void {
    const temporary = this.#temporary();
    this.#makeFolder(dirname(temporary));
    try {
      copyFileSync(path, temporary);
      syncPath(temporary);
      link(temporary, place, key);
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** Creates a folder; its name is on disk when this returns. */
  #makeFolder(folder: string): void {
    if (existsSync(folder)) return;
    this.#makeFolder(dirname(folder));
    try {
      // Not with `recursive`, which never returns where a folder cannot be created and its parent exists, as in /proc.
      mkdirSync(folder);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    syncPath(dirname(folder));
  }

  async #lock(): Promise<() => void> {
    const file = join(this.#root, OWN_FOLDER, 'lock');
    this.#try(() => this.#makeFolder(dirname(file)));
    for (let waited = 0; waited < MAX_LOCK_MS; waited += LOCK_RETRY_MS) {
      const unlock = this.#try(() => lockFile(file));
      if (unlock) return unlock;
      await sleep(LOCK_RETRY_MS);
    }
    throw new TelemetryError('failure', `another process holds ${file}`);
  }

  #try<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      throw this.#errorFor(error);
    }
  }

  #async<T>(step: () => T): Promise<T> {
    return new Promise(resolve => resolve(this.#try(step)));
  }

  #errorFor(error: unknown): unknown {
    if (codeOf(error) === undefined || error instanceof TelemetryError) return error;
    return new TelemetryError('failure', `cannot use ${this.#root}: ${messageOf(error)}`, { cause: error });
  }
}

/** Links a file to a new name. @throws ConditionFailed when the name exists. */
function link(from: string, to: string, key: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new ConditionFailed(key);
    throw error;
  }
}

function etagOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
