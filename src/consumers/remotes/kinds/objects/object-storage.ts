/*
 * The contract between objects of a remote and where they are stored: a folder, or a bucket of an S3 gateway. Keys are
 * relative to the remote's prefix, with `/` between their parts.
 */

/** The condition of a write: the object does not exist yet, or still has this ETag. */
export type PutCondition = { readonly ifAbsent: true } | { readonly ifMatch: string };

/** A file to write as an object. */
export interface LocalFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of its bytes, in hex. */
  readonly sha256: string;
}

/** An object that was read whole. */
export interface ReadObject {
  readonly content: Buffer;
  /** Changes with each version of the object. */
  readonly etag: string;
}

/** Objects below a prefix. All methods throw TelemetryError `failure` when the storage cannot be reached or refuses. */
export interface ObjectStorage {
  /** For people: the folder, or bucket, prefix and gateway. Without secrets. */
  readonly description: string;
  /** The URL of an object for DuckDB. */
  urlOf(key: string): string;
  /**
   * Writes a small object in one step; it is durable when this resolves.
   * @throws ConditionFailed when the condition does not hold, and nothing was written.
   */
  put(key: string, content: Buffer, condition: PutCondition): Promise<void>;
  /**
   * Writes a file as a new object, verified by its hash.
   * @throws ConditionFailed when the object exists.
   */
  putFile(key: string, file: LocalFile, signal: AbortSignal): Promise<void>;
  /** Reads a small object; undefined when it does not exist. */
  get(key: string): Promise<ReadObject | undefined>;
  /** Reads an object into a new file. */
  download(key: string, path: string, signal: AbortSignal): Promise<void>;
  /** The size of an object in bytes; undefined when it does not exist. */
  size(key: string): Promise<number | undefined>;
  /** Deletes objects; ignores those that do not exist. */
  delete(keys: readonly string[]): Promise<void>;
  close(): void;
}

/** The condition of a write does not hold, so that nothing was written. */
export class ConditionFailed extends Error {
  override readonly name = 'ConditionFailed';

  constructor(key: string) {
    super(`${key} has changed`);
  }
}
