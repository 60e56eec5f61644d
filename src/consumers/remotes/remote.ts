import type { Micros } from '../../core/duration.js';

/** The limit up to which retention keeps events that a remote has not received yet. */
export interface MaxLag {
  /** Maximum age of an unsent event since it was received, in microseconds. */
  readonly age?: Micros;
  /** Maximum size of the unsent events in the archive, in bytes. */
  readonly bytes?: number;
}

/** The definition of a remote, as the catalog stores it, without secrets: see `credentials.ts`. */
export interface RemoteDefinition {
  /** The URL, with `***` in place of the password. */
  readonly url: string;
  /** A condition over `events`. */
  readonly where?: string;
  /** The types of events to send; undefined sends all types. */
  readonly types?: readonly string[];
  /** The values of `--redact`, `--hash` and `--drop`, applied before an event is sent. */
  readonly privacy?: {
    readonly redact: readonly string[];
    readonly hash: readonly string[];
    readonly drop: readonly string[];
  };
  /** Undefined keeps unsent events without a limit. */
  readonly maxLag?: MaxLag;
  /** Maximum number of event ids in a batch. */
  readonly batch?: number;
  /** Maximum number of bytes sent per second. */
  readonly bandwidth?: number;
  /** Options of the kind by name, such as `topic`. */
  readonly options: Readonly<Record<string, string>>;
}

/** A remote with its secrets, ready to be opened. */
export interface Remote {
  readonly name: string;
  readonly definition: RemoteDefinition;
  /** The URL with its password. */
  readonly url: URL;
  /** Headers of its requests, secrets included, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}
