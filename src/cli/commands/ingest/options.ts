import type { TrustFiles } from '../../../client/trust.js';
import type { KeyName } from '../../../formats/json/rename-keys.js';
import type { Member } from '../../../sources/shared/members.js';
import type { RequestedFormat } from '../../../sources/import/input-format.js';
import { type ServeOptions } from '../../shared/serve-options.js';

/** The options of `telemetry ingest`, settings included. */
export interface IngestCommandOptions {
  /** `-` is stdin. */
  readonly files: readonly string[];
  readonly url: string | undefined;
  readonly trust: TrustFiles;
  /** The input format that the user asked for. */
  readonly readAs: RequestedFormat;
  readonly names: readonly KeyName[];
  /** Members to add to events that lack them. */
  readonly members: readonly Member[];
  readonly isSkipping: boolean;
  readonly again: boolean;
  /** The value of --format; by default text on a terminal, else json. */
  readonly format: 'text' | 'json';
  /** For a server in this process, when none runs. */
  readonly server: ServeOptions;
}
