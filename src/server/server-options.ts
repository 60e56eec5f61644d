import type { ArchiveTuning } from '../core/limits.js';
import type { Durability } from '../store/database/store.js';
import type { PrivacyRules } from '../processors/redact/rules.js';
import type { GuardOptions } from '../receivers/auth/guard.js';
import type { Rate } from '../receivers/auth/rate-limit.js';
import type { DirectImport } from './direct-import/direct-import.js';
import type { ServerObserver } from './observed.js';
import type { OtlpGrpcAddress } from './otlp-grpc.js';
import type { SourceOptions } from './sources.js';
import type { TlsFiles } from './tls.js';

/** Options of a server. Times in milliseconds, sizes in bytes. */
export interface ServerOptions extends GuardOptions {
  readonly store: string;
  /** A token with all permissions, in addition to the tokens of the store. */
  readonly token: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly durability: Durability;
  readonly maxEventSize: number;
  readonly allowAnonymous: boolean;
  readonly idleTimeout: number;
  readonly queueSize: number;
  /** The limit of each sender; undefined for none. */
  readonly rateLimit?: Rate | undefined;
  /** True to truncate oversized activity events; otherwise they are refused. */
  readonly truncateOversize?: boolean;
  /** Enables TLS on the same port. */
  readonly tls?: TlsFiles | undefined;
  /** Names of further headers, in lower case, whose values are stored. */
  readonly keepHeader?: readonly string[] | undefined;
  /** Rules for data that must not be stored. */
  readonly privacy?: PrivacyRules | undefined;
  /** The address of OTLP over gRPC; undefined for none. */
  readonly otlpGrpc?: OtlpGrpcAddress | undefined;
  readonly version: string;
  /** Sources of events other than requests. */
  readonly sources?: SourceOptions;
  /** Logs a line for the operator. */
  readonly log?: (text: string) => void;
  readonly observer?: ServerObserver;
  readonly archive?: ArchiveTuning;
  /** Processes that answer questions; 0 or undefined for none. */
  readonly queryProcesses?: number | undefined;
  /** The interval of the retention policy, in milliseconds; by default one hour. */
  readonly retentionEvery?: number;
  /** The command that the server ends with, such as `ingest`: see {@link ServerFile.isTemporary}. */
  readonly temporaryFor?: string | undefined;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  /** The address of OTLP over gRPC, `host:port`. */
  readonly otlpGrpc: string | undefined;
  /** The ports of listening sources: syslog, statsd. */
  readonly ports: Readonly<Record<string, number>>;
  /** The file with the token by which the local user reads over HTTP; undefined where no questions are answered. */
  readonly readTokenFile: string | undefined;
  /** True while senders must present a token. */
  needsToken(): boolean;
  /** Reloads the certificate for new connections. @throws TelemetryError, and keeps the old certificate. */
  renewCertificate(): void;
  /** The way of large imports of this process past the journal; released when the server stops. */
  directImport(): Promise<DirectImport>;
  /** Stops accepting requests, commits, sends the last acks and closes. */
  stop(): Promise<void>;
  /** Rejects when the server fails. */
  readonly failed: Promise<never>;
}
