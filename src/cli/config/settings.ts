import { durationText } from '../../core/duration.js';
import { DEFAULT_MAX_EVENT_BYTES, DEFAULT_TUNING } from '../../core/limits.js';
import { ARCHIVE_KINDS, COMPRESSIONS, type ArchiveKindName, type Compression } from '../../core/archive-kind.js';
import type { Durability } from '../../store/database/store.js';
import type { ScrapeTarget } from '../../receivers/scrape/scrape.js';
import { DEFAULT_SCRAPE_INTERVAL, scrapeTarget, scrapeTargetOf, scrapeTargetShown } from './scrape-target.js';
import type { ListenAddress } from '../../receivers/datagram/datagrams.js';
import type { Rate } from '../../receivers/auth/rate-limit.js';
import type { GaugeSigns } from '../../formats/statsd/line.js';
import type { StatsdAddress } from '../../receivers/datagram/statsd.js';
import type { SyslogAddress } from '../../receivers/datagram/syslog.js';
import { format, ROW_FORMATS } from './format-names.js';
import * as addresses from './listen-address.js';
import * as values from './values.js';
import { fileSetting, listSetting, setting } from './setting.js';
import { defaultStore } from './config-path.js';

const DURABILITIES = ['fsync', 'os', 'none'] as const satisfies readonly Durability[];
const GAUGE_SIGNS = ['auto', 'absolute', 'relative'] as const satisfies readonly GaugeSigns[];
export const FORMATS = ROW_FORMATS;

/** Default port of `telemetry serve`: the standard port of OTLP over HTTP. */
export const DEFAULT_PORT = 4318;

/** Interval of `--host-metrics` without a value. */
const DEFAULT_HOST_INTERVAL = '60s';

/** All settings. */
export const SETTINGS = {
  store: setting({
    summary: 'store directory',
    placeholder: 'dir',
    parse: values.path,
    fallback: defaultStore,
    fallbackText: "the user's data directory",
  }),
  url: setting<string | undefined>({
    summary: 'server to send events to',
    placeholder: 'url',
    parse: values.url,
    fallback: () => undefined,
    fallbackText: 'the server of the store',
  }),
  host: setting({
    summary: 'address to listen on',
    placeholder: 'address',
    parse: values.text,
    fallback: () => '127.0.0.1',
  }),
  port: setting({
    summary: 'port to listen on; 0 picks a free one',
    placeholder: 'number',
    parse: values.port,
    fallback: () => DEFAULT_PORT,
  }),
  durability: setting<Durability>({
    summary: 'what acknowledged events survive: fsync a power cut, os a crash of the server, none neither',
    placeholder: 'level',
    choices: DURABILITIES,
    parse: values.oneOf<Durability>(DURABILITIES),
    fallback: () => 'fsync',
  }),
  maxEventSize: setting({
    summary: 'largest event that is accepted',
    placeholder: 'size',
    parse: values.eventSize,
    fallback: () => DEFAULT_MAX_EVENT_BYTES,
    fallbackText: '1MiB',
  }),
  token: setting<string | undefined>({
    summary: 'token that senders must present',
    placeholder: 'secret',
    parse: values.text,
    fallback: () => undefined,
    fallbackText: 'none',
    secret: true,
  }),
  allowAnonymous: setting({
    summary: 'allow a non-loopback address without a token',
    parse: values.yesOrNo,
    fallback: () => false,
  }),
  cors: setting<readonly string[]>({
    summary: 'origins of web pages that may send events',
    placeholder: 'origin...',
    list: true,
    parse: text => [values.origin(text)],
    fallback: () => [],
    fallbackText: 'none',
  }),
  allowHost: setting<readonly string[]>({
    summary: 'further host names that requests may be addressed to',
    placeholder: 'name...',
    list: true,
    parse: text => [text],
    fallback: () => [],
    fallbackText: 'none',
  }),
  idleTimeout: setting({
    summary: 'close a connection that has sent nothing for this long',
    placeholder: 'duration',
    parse: values.duration,
    shown: durationText,
    fallback: () => 3_600_000,
    fallbackText: '1h',
  }),
  queueSize: setting({
    summary: 'bytes of uncommitted events at which senders are paused',
    placeholder: 'size',
    parse: values.bytes,
    fallback: () => 32 * 1024 * 1024,
    fallbackText: '32MiB',
  }),
  queryProcesses: setting({
    summary: 'processes that answer queries, of commands and over HTTP; 0 for none',
    placeholder: 'number',
    parse: values.wholeNumber(0),
    fallback: () => 2,
  }),
  scrape: setting<readonly ScrapeTarget[]>({
    summary: `Prometheus or OpenMetrics endpoints to scrape, each URL or URL=INTERVAL (interval ${DEFAULT_SCRAPE_INTERVAL} if omitted)`,
    placeholder: 'target...',
    list: true,
    parse: text => [scrapeTarget(text)],
    parseObject: value => [scrapeTargetOf(value)],
    shown: targets => targets.map(scrapeTargetShown),
    fallback: () => [],
    fallbackText: 'none',
  }),
  syslog: setting<SyslogAddress | undefined>({
    summary: `receive syslog over UDP and TCP on [udp://|tcp://][host]:port (${addresses.DEFAULT_SYSLOG} if omitted)`,
    placeholder: 'address',
    bare: addresses.DEFAULT_SYSLOG,
    parse: addresses.syslogAddress,
    shown: address => address && addresses.addressShown(address),
    fallback: () => undefined,
    fallbackText: 'off',
  }),
  statsd: setting<StatsdAddress | undefined>({
    summary: `receive statsd over UDP on [host]:port[=interval] (${addresses.DEFAULT_STATSD}=10s if omitted)`,
    placeholder: 'address',
    bare: addresses.DEFAULT_STATSD,
    parse: addresses.statsdAddress,
    shown: address => address && addresses.addressShown(address),
    fallback: () => undefined,
    fallbackText: 'off',
  }),
  statsdGauges: setting<GaugeSigns>({
    summary:
      'meaning of a statsd gauge with a sign: relative is a change, absolute a value, auto a value if the line uses DogStatsD extensions such as tags, else a change',
    placeholder: 'reading',
    choices: GAUGE_SIGNS,
    parse: values.oneOf<GaugeSigns>(GAUGE_SIGNS),
    fallback: () => 'auto',
  }),
  otlpGrpc: setting<ListenAddress | 'standard' | 'off'>({
    summary: `receive OTLP over gRPC on [host]:port (${addresses.DEFAULT_OTLP_GRPC} if omitted)`,
    placeholder: 'address',
    bare: addresses.DEFAULT_OTLP_GRPC,
    parse: addresses.grpcAddress,
    off: 'off',
    offSummary: 'do not receive OTLP over gRPC',
    shown: address => (typeof address === 'string' ? address : addresses.addressShown(address)),
    fallback: () => 'standard',
    fallbackText: `port ${addresses.OTLP_GRPC_PORT} if --port is ${DEFAULT_PORT}, else off`,
  }),
  hostMetrics: setting<number | undefined>({
    summary: `measure this machine and the server at this interval (${DEFAULT_HOST_INTERVAL} if omitted)`,
    placeholder: 'interval',
    bare: DEFAULT_HOST_INTERVAL,
    parse: values.interval,
    shown: ms => ms && durationText(ms),
    fallback: () => undefined,
    fallbackText: 'off',
  }),
  rateLimit: setting<Rate | undefined>({
    summary: 'maximum event rate per token, or per address without a token, such as 10k/s',
    placeholder: 'rate',
    parse: values.rate,
    shown: rate => rate && values.rateText(rate),
    fallback: () => undefined,
    fallbackText: 'none',
  }),
  archive: setting<ArchiveKindName | undefined>({
    summary: `archive format of newly sealed events: ${ARCHIVE_KINDS.join(', ')}`,
    placeholder: 'kind',
    choices: ARCHIVE_KINDS,
    parse: values.oneOf(ARCHIVE_KINDS),
    fallback: () => undefined,
    fallbackText: 'that of the store, initially parquet',
  }),
  archiveCompression: setting<Compression | undefined>({
    summary: 'compression of new ndjson and csv files: zstd, none',
    placeholder: 'name',
    choices: COMPRESSIONS,
    parse: values.oneOf(COMPRESSIONS),
    fallback: () => undefined,
    fallbackText: 'that of the store, initially zstd for ndjson and none for csv',
  }),
  sealEvents: setting({
    summary: 'seal events into the archive once the journal holds more than this many',
    placeholder: 'number',
    parse: values.wholeNumber(0),
    fallback: () => DEFAULT_TUNING.sealEvents,
  }),
  sealAfter: setting({
    summary: 'seal events into the archive once they are older than this',
    placeholder: 'duration',
    parse: values.duration,
    shown: durationText,
    fallback: () => DEFAULT_TUNING.sealAfter,
    fallbackText: '1m',
  }),
  queryMemory: setting<number | undefined>({
    summary: 'memory a query may use before it spills to temporary files',
    placeholder: 'size',
    parse: values.bytes,
    fallback: () => undefined,
    fallbackText: 'a quarter of the RAM, at most 4GiB',
  }),
  archiveMemory: setting({
    summary: 'memory that sealing and compaction may use',
    placeholder: 'size',
    parse: values.bytes,
    fallback: () => DEFAULT_TUNING.memory,
    fallbackText: '256MiB',
  }),
  archiveThreads: setting({
    summary: 'threads that sealing and compaction may use',
    placeholder: 'number',
    parse: values.wholeNumber(1),
    fallback: () => DEFAULT_TUNING.threads,
  }),
  retentionEvery: setting({
    summary: 'interval at which the retention policy is applied',
    placeholder: 'duration',
    parse: values.duration,
    shown: durationText,
    fallback: () => 3_600_000,
    fallbackText: '1h',
  }),
  truncateOversize: setting({
    summary: 'truncate an activity event over 32 KiB to its required fields instead of rejecting it',
    parse: values.yesOrNo,
    fallback: () => false,
  }),
  tlsCert: fileSetting('TLS certificate of the server (PEM)'),
  tlsKey: fileSetting('private key of that certificate (PEM)'),
  tlsClientCa: fileSetting('CA certificates (PEM); each sender must present a certificate that one of them signed'),
  requireTls: setting({
    summary: 'reject plain HTTP',
    parse: values.yesOrNo,
    fallback: () => false,
  }),
  caCert: fileSetting('further CA certificates to trust (PEM)'),
  clientCert: fileSetting('client certificate to present to the server (PEM)'),
  clientKey: fileSetting('private key of the client certificate (PEM)'),
  redact: listSetting(
    'replace by a label before storing: email, ip, credit-card, iban, phone, jwt, aws-key, github-token, private-key, secrets (iban to private-key), or fields by path',
  ),
  hash: listSetting('replace the values of these fields by a keyed hash; equal values have equal hashes'),
  drop: listSetting('do not store these fields'),
  denyType: listSetting('do not store events of these types', 'type...', values.eventTypes),
  keepHeader: setting<readonly string[]>({
    summary: 'further request headers whose values are stored instead of ***',
    placeholder: 'name...',
    list: true,
    parse: values.headerNames,
    fallback: () => [],
    fallbackText: 'none',
  }),
  tz: setting<string | undefined>({
    summary: 'time zone of printed times',
    placeholder: 'zone',
    parse: values.timeZone,
    fallback: () => undefined,
    fallbackText: 'local on a terminal, else UTC',
  }),
  format: setting<(typeof FORMATS)[number] | undefined>({
    summary: `row format of telemetry query: ${FORMATS.join(', ')}`,
    placeholder: 'name',
    choices: FORMATS,
    parse: format,
    fallback: () => undefined,
    fallbackText: 'table on a terminal, else ndjson',
  }),
};

export type SettingKey = keyof typeof SETTINGS;
export type SettingValue<K extends SettingKey> = ReturnType<(typeof SETTINGS)[K]['parse']>;

export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];
