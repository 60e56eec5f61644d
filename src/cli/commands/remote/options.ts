import type { MaxLag, RemoteDefinition } from '../../../consumers/remotes/remote.js';
import type { ReportFormat } from '../../shared/report.js';

/** The actions of `telemetry remote`. */
export const ACTIONS = ['create', 'list', 'show', 'pause', 'resume', 'test', 'rm'] as const;

/** The options of `telemetry remote`, settings included. */
export interface RemoteOptions {
  readonly action: (typeof ACTIONS)[number];
  /** Empty for `list`. */
  readonly name: string;
  /** For `create`. */
  readonly create: CreateOptions | undefined;
  readonly store: string;
  readonly format: ReportFormat;
}

/** The definition of a new remote, as given on the command line. */
export interface CreateOptions {
  /** The URL with its password; `env:NAME` reads the URL from that variable. */
  readonly url: string;
  readonly where: string | undefined;
  readonly types: readonly string[] | undefined;
  /** `all` sends the events that are stored already as well. */
  readonly since: 'now' | 'all';
  readonly privacy: NonNullable<RemoteDefinition['privacy']>;
  /** Undefined keeps unsent events without a limit. */
  readonly maxLag: MaxLag | undefined;
  readonly batch: number | undefined;
  readonly bandwidth: number | undefined;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Options of the kind, by name. */
  readonly kind: Readonly<Record<string, string>>;
}

/** The options of kinds of remotes: flags of `telemetry remote create`, by their name in the kind. */
export const KIND_OPTIONS: Readonly<Record<string, { readonly placeholder: string; readonly summary: string }>> = {
  table: { placeholder: 'name', summary: 'table to fill (default: events)' },
  reader: { placeholder: 'role', summary: 'PostgreSQL role that query --remote logs in as' },
  endpoint: { placeholder: 'url', summary: 'URL of an object store other than AWS' },
  region: { placeholder: 'name', summary: 'region of the object store' },
  'data-path': { placeholder: 'url', summary: 'folder or s3 URL for the data of a DuckLake' },
  'duckdb-extensions': { placeholder: 'dir', summary: 'folder of DuckDB extensions (default: DuckDB installs them)' },
  topic: { placeholder: 'name', summary: 'Kafka topic (default: telemetry)' },
  protocol: { placeholder: 'name', summary: 'OTLP protocol: http/protobuf (default) or http/json' },
  compression: { placeholder: 'how', summary: 'compression of requests: gzip (default) or none' },
  'ca-cert': { placeholder: 'file', summary: 'PEM file of a certificate authority to trust' },
  'client-cert': { placeholder: 'file', summary: 'PEM file of the client certificate' },
  'client-key': { placeholder: 'file', summary: 'PEM file of the key of --client-cert' },
  'partition-by': { placeholder: 'attribute', summary: 'attribute that chooses the Kafka partition' },
};
