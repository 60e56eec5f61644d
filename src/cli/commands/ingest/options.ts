import type { TrustFiles } from '../../../client/trust.js';
import type { KeyName } from '../../../formats/json/rename-keys.js';
import type { Member } from '../../../sources/shared/members.js';
import type { RequestedFormat } from '../../../sources/import/input-format.js';
import { type ServeOptions } from '../../shared/serve-options.js';

/** What `telemetry ingest` was asked for, settings included. */
export interface IngestCommandOptions {
  /** `-` is stdin. */
  readonly files: readonly string[];
  readonly url: string | undefined;
  readonly trust: TrustFiles;
  /** What the user said of the type of the files. */
  readonly readAs: RequestedFormat;
  readonly names: readonly KeyName[];
  /** Members that every event gets, unless it has one of the name. */
  readonly members: readonly Member[];
  readonly isSkipping: boolean;
  readonly again: boolean;
  /** Already decided: text on a terminal, else json, unless --format was given. */
  readonly format: 'text' | 'json';
  /** For when no server runs. */
  readonly server: ServeOptions;
}
