import { readServerFile } from '../client/server-file.js';
import { TelemetryError } from '../core/errors.js';
import type { ArchiveTuning } from '../core/limits.js';
import type { Durability } from '../store/database/store.js';
import type { PrivacyRules } from '../processors/redact/rules.js';
import type { GuardOptions } from '../receivers/auth/guard.js';
import type { Rate } from '../receivers/auth/rate-limit.js';
import { holdStore, type HeldStore } from './acquire-store.js';
import type { ServerObserver } from './observed.js';
import type { OtlpGrpcAddress } from './otlp-grpc.js';
import { refuseOpenDoors, refuseOpenSources } from './listen-policy.js';
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

/**
 * Starts the receiver: lock and writer, then all that {@link wireServer} connects to them.
 * @param held the store, when this process holds it already; it is let go when the server stops or does not start.
 * @throws TelemetryError `usage` for an open address without a token; `failure` when another server holds the store,
 * the store cannot be used, or the port cannot be had.
 */
export async function startServer(options: ServerOptions, held?: HeldStore): Promise<RunningServer> {
  const { store, durability } = options;
  const asksForCertificates = options.tls?.clientCa !== undefined;
  let own = held;
  try {
    for (const { host } of [options, options.otlpGrpc ?? options]) {
      refuseOpenDoors({ ...options, host, asksForCertificates });
    }
    refuseOpenSources(options);
    own ??= holdStore(store, durability);
    if (!own) throw heldByAnother(store);
    // The thread starts while this is loaded.
    const { wireServer } = await import('./wire-server.js');
    return await wireServer(options, own);
  } catch (error) {
    await own?.abandon();
    throw error;
  }
}

/** The cause of the error that another process holds the store, which it may let go of. */
export const HELD_BY_ANOTHER = 'HELD_BY_ANOTHER';

function heldByAnother(store: string): TelemetryError {
  const holder = readServerFile(store);
  const who = holder ? `process ${holder.pid}, which listens on ${holder.url}` : 'another process';
  return new TelemetryError('failure', `the store ${store} is held by ${who}`, {
    remedy: 'Send to that server, stop it first, or name another store with --store DIR.',
    cause: HELD_BY_ANOTHER,
  });
}
