import { TelemetryError } from '../../../../core/errors.js';

/*
 * The layout of a prefix of objects, version 1. Other programs read it: docs/forwarding/objects.md describes it.
 *
 * - `_telemetry/manifest.json` is the root. It is replaced by conditional writes only, and holds the newest entries itself.
 * - `_telemetry/pages/*.ndjson` hold the older entries, one a line. A page never changes; the root names the ones that count.
 * - `day=YYYY-MM-DD/type=TYPE/*.parquet` are the objects. One counts while an entry of the root or of its pages names it.
 */

const FORMAT = 'telemetry-objects';
const VERSION = 1;

/** The key of the root. */
export const ROOT_KEY = '_telemetry/manifest.json';

/** The prefix of the keys of pages. */
export const PAGES = '_telemetry/pages/';

/** An object, as the manifest names it: the events of one store, day and type in one range of ids. */
export interface ObjectEntry {
  /** The key of the object. */
  readonly file: string;
  readonly store_id: string;
  readonly epoch: string;
  /** The range of ids that the events were chosen from. Objects of other days and types share the range. */
  readonly first_id: number;
  readonly last_id: number;
  readonly events: number;
  readonly bytes: number;
  readonly sha256: string;
  /** The UTC day of the events' times, ISO 8601. */
  readonly day: string;
  readonly type: string;
  /** The first and last time of an event, ISO 8601 with microseconds. */
  readonly min_time: string;
  readonly max_time: string;
}

/** The progress of one store in a prefix. */
export interface StoreProgress {
  readonly store_id: string;
  readonly epoch: string;
  /** The name of the remote that writes here. */
  readonly remote: string;
  /** The events up to this id that are for the remote are all in objects. */
  readonly last_id: number;
  readonly events: number;
}

/** A page of entries. */
export interface PageEntry {
  readonly file: string;
  readonly objects: number;
  readonly events: number;
  readonly bytes: number;
}

/** An object or page that no longer counts. It is deleted later, because a query may still read it. */
export interface ReplacedFile {
  readonly file: string;
  /** ISO 8601. */
  readonly replaced_at: string;
}

/** The root of a manifest. */
export interface ManifestRoot {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** Grows with each change. */
  readonly sequence: number;
  readonly stores: readonly StoreProgress[];
  readonly pages: readonly PageEntry[];
  readonly objects: readonly ObjectEntry[];
  readonly replaced: readonly ReplacedFile[];
}

/** The root of a prefix without objects. */
export const EMPTY_ROOT: ManifestRoot = {
  format: FORMAT,
  version: VERSION,
  sequence: 0,
  stores: [],
  pages: [],
  objects: [],
  replaced: [],
};

/** Parses a root. @throws TelemetryError `failure` for another version or other content. */
export function parseRoot(content: Buffer, place: string): ManifestRoot {
  let root: unknown;
  try {
    root = JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw foreign(place, 'not JSON', error);
  }
  if (typeof root !== 'object' || root === null || !('format' in root) || root.format !== FORMAT) {
    throw foreign(place, 'not a manifest of telemetry');
  }
  const { version } = root as { readonly version?: unknown };
  if (version !== VERSION) throw foreign(place, `of version ${JSON.stringify(version)}, not ${VERSION}`);
  return root as ManifestRoot;
}

/** The bytes of a root. */
export function rootBytes(root: ManifestRoot): Buffer {
  return Buffer.from(`${JSON.stringify(root)}\n`);
}

/** Reads the entries of a page. */
export function parsePage(content: Buffer): ObjectEntry[] {
  const lines = content.toString('utf8').split('\n');
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as ObjectEntry);
}

/** The bytes of a page. */
export function pageBytes(entries: readonly ObjectEntry[]): Buffer {
  return Buffer.from(entries.map(entry => `${JSON.stringify(entry)}\n`).join(''));
}

function foreign(place: string, what: string, cause?: unknown): TelemetryError {
  return new TelemetryError('failure', `${ROOT_KEY} in ${place} is ${what}`, {
    remedy: 'Give the remote another prefix.',
    cause,
  });
}
