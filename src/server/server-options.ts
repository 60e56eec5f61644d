import type { ArchiveTuning } from '../core/limits.js';
import type { Durability } from '../store/database/store.js';
import type { PrivacyRules } from '../processors/redact/rules.js';
import type { GuardOptions } from '../receivers/auth/guard.js';
import type { Rate } from '../receivers/auth/rate-limit.js';
import type { ServerObserver } from './observed.js';
import type { OtlpGrpcAddress } from './otlp-grpc.js';
import type { SourceOptions } from './sources.js';
import type { TlsFiles } from './tls.js';

/** What the server is started with. Times in milliseconds, sizes in bytes. */
export interface ServerOptions extends GuardOptions {
  readonly store: string;
  /** Opens everything, beside the tokens of the store. */
  readonly token: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly durability: Durability;
  readonly maxEventSize: number;
  readonly allowAnonymous: boolean;
  readonly idleTimeout: number;
  readonly queueSize: number;
  /** Of each sender; none without it. */
  readonly rateLimit?: Rate | undefined;
  /** Whether an activity event that is too large is cut; otherwise it is refused. */
  readonly truncateOversize?: boolean;
  /** Speaks TLS as well, on the same port. */
  readonly tls?: TlsFiles | undefined;
  /** Names of headers, in lower case, whose values the store keeps beside those that are harmless. */
  readonly keepHeader?: readonly string[] | undefined;
  /** What is kept out of the store. */
  readonly privacy?: PrivacyRules | undefined;
  /** Where OTLP over gRPC is received; nowhere without it. */
  readonly otlpGrpc?: OtlpGrpcAddress | undefined;
  readonly version: string;
  /** What the server takes events from beside its own address. */
  readonly sources?: SourceOptions;
  /** Tells the operator, in one line. */
  readonly say?: (text: string) => void;
  readonly observer?: ServerObserver;
  readonly archive?: ArchiveTuning;
  /** How often the store's retention policy is applied, in milliseconds; hourly unless it is given. */
  readonly retentionEvery?: number;
  /** Whether it is there only while a command works: see {@link ServerFile.isTemporary}. */
  readonly isTemporary?: boolean | undefined;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  /** Where OTLP over gRPC is received, as `host:port`. */
  readonly otlpGrpc: string | undefined;
  /** The ports of the sources that listen: syslog, statsd. */
  readonly ports: Readonly<Record<string, number>>;
  /** Whether senders have to present a token, as things stand. */
  needsToken(): boolean;
  /** Takes the certificate anew, for connections to come. @throws TelemetryError, and goes on with what it has. */
  renewCertificate(): void;
  /** Stops accepting, commits, sends the last acks, closes. */
  stop(): Promise<void>;
  /** Rejects if the server can no longer do its work. */
  readonly failed: Promise<never>;
}
