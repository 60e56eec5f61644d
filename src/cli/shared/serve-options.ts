import type { ArchiveKindName, Compression } from '../../core/archive-kind.js';
import type { ArchiveTuning } from '../../core/limits.js';
import type { Settings } from '../config/resolve.js';
import type { Durability } from '../../store/database/store.js';
import type { StatsdAddress } from '../../receivers/datagram/statsd.js';
import type { SyslogAddress } from '../../receivers/datagram/syslog.js';
import type { ScrapeTarget } from '../../receivers/scrape/scrape.js';
import { TelemetryError } from '../../core/errors.js';
import type { TlsFiles } from '../../server/tls.js';
import type { PrivacyRules } from '../../processors/redact/rules.js';
import type { Rate } from '../../receivers/auth/rate-limit.js';
import { OTLP_GRPC_PORT } from '../config/listen-address.js';
import { DEFAULT_PORT } from '../config/settings.js';
import type { OtlpGrpcAddress } from '../../server/otlp-grpc.js';

/** The options of `telemetry serve`, settings included. */
export interface ServeOptions {
  readonly store: string;
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly durability: Durability;
  /** In bytes. */
  readonly maxEventSize: number;
  readonly token: string | undefined;
  readonly allowAnonymous: boolean;
  readonly cors: readonly string[];
  readonly allowHost: readonly string[];
  /** In milliseconds. */
  readonly idleTimeout: number;
  /** In bytes of events not yet committed. */
  readonly queueSize: number;
  /** Processes that answer queries; 0 for none. */
  readonly queryProcesses: number;
  readonly scrape: readonly ScrapeTarget[];
  /** The interval of host metrics, in milliseconds; undefined for none. */
  readonly hostMetrics: number | undefined;
  readonly otlpGrpc: OtlpGrpcAddress | undefined;
  readonly syslog: SyslogAddress | undefined;
  readonly statsd: StatsdAddress | undefined;
  readonly rateLimit: Rate | undefined;
  readonly archive: ArchiveTuning;
  /** In milliseconds. */
  readonly retentionEvery: number;
  /** Undefined keeps that of the store. */
  readonly archiveKind: ArchiveKindName | undefined;
  readonly archiveCompression: Compression | undefined;
  readonly truncateOversize: boolean;
  readonly tls: TlsFiles | undefined;
  readonly privacy: PrivacyRules;
  /** In lower case. */
  readonly keepHeader: readonly string[];
}

/** Reads {@link ServeOptions} from the settings. Commands that run a temporary server use them too. */
export function serveOptions(settings: Settings): ServeOptions {
  return {
    store: settings.get('store'),
    host: settings.get('host'),
    port: settings.get('port'),
    durability: settings.get('durability'),
    maxEventSize: settings.get('maxEventSize'),
    token: settings.get('token'),
    allowAnonymous: settings.get('allowAnonymous'),
    cors: settings.get('cors'),
    allowHost: settings.get('allowHost'),
    idleTimeout: settings.get('idleTimeout'),
    queueSize: settings.get('queueSize'),
    queryProcesses: settings.get('queryProcesses'),
    scrape: settings.get('scrape'),
    hostMetrics: settings.get('hostMetrics'),
    otlpGrpc: otlpGrpcAddress(settings),
    syslog: settings.get('syslog'),
    statsd: statsdAddress(settings),
    rateLimit: settings.get('rateLimit'),
    archiveKind: settings.get('archive'),
    archiveCompression: settings.get('archiveCompression'),
    archive: {
      sealEvents: settings.get('sealEvents'),
      sealAfter: settings.get('sealAfter'),
      memory: settings.get('archiveMemory'),
      threads: settings.get('archiveThreads'),
    },
    retentionEvery: settings.get('retentionEvery'),
    truncateOversize: settings.get('truncateOversize'),
    tls: tlsFiles(settings),
    privacy: {
      redact: settings.get('redact'),
      hash: settings.get('hash'),
      drop: settings.get('drop'),
      denyType: settings.get('denyType'),
    },
    keepHeader: settings.get('keepHeader'),
  };
}

function otlpGrpcAddress(settings: Settings): OtlpGrpcAddress | undefined {
  const address = settings.get('otlpGrpc');
  if (address === 'off') return undefined;
  if (address !== 'standard') return address;
  if (settings.get('port') !== DEFAULT_PORT) return undefined;
  return { host: settings.get('host'), port: OTLP_GRPC_PORT, isOptional: true };
}

function statsdAddress(settings: Settings): StatsdAddress | undefined {
  const address = settings.get('statsd');
  return address && { ...address, gauges: settings.get('statsdGauges') };
}

/** The TLS files; undefined without TLS. @throws TelemetryError `usage` for a certificate without its key. */
function tlsFiles(settings: Settings): TlsFiles | undefined {
  const [cert, key, clientCa] = [settings.get('tlsCert'), settings.get('tlsKey'), settings.get('tlsClientCa')];
  const isRequired = settings.get('requireTls');
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa, isRequired };
  if (cert === undefined && key === undefined && clientCa === undefined && !isRequired) return undefined;
  throw new TelemetryError('usage', 'TLS needs a certificate and its key', {
    remedy: 'Give both --tls-cert and --tls-key.',
  });
}
