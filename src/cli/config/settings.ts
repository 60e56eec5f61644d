import { join } from 'node:path';
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
import { userDirectory } from './user-directory.js';

const DURABILITIES = ['fsync', 'os', 'none'] as const satisfies readonly Durability[];
const GAUGE_SIGNS = ['auto', 'absolute', 'relative'] as const satisfies readonly GaugeSigns[];
export const FORMATS = ROW_FORMATS;

/** Where `telemetry serve` listens unless told otherwise: the port of OTLP over HTTP, which many senders know. */
export const DEFAULT_PORT = 4318;

/** How often the machine is measured unless it is said. */
const DEFAULT_HOST_INTERVAL = '60s';

/** Every setting there is. */
export const SETTINGS = {
  store: setting({
    summary: 'the directory that holds the store',
    placeholder: 'dir',
    parse: values.path,
    fallback: env => join(userDirectory(env.XDG_DATA_HOME, '.local/share'), 'telemetry'),
    fallbackText: "the user's data directory",
  }),
  url: setting<string | undefined>({
    summary: 'the server that events are sent to',
    placeholder: 'url',
    parse: values.url,
    fallback: () => undefined,
    fallbackText: "the store's own server",
  }),
  host: setting({
    summary: 'the address to listen on',
    placeholder: 'address',
    parse: values.text,
    fallback: () => '127.0.0.1',
  }),
  port: setting({
    summary: 'the port to listen on; 0 takes a free one',
    placeholder: 'number',
    parse: values.port,
    fallback: () => DEFAULT_PORT,
  }),
  durability: setting<Durability>({
    summary: 'what an ack promises: fsync survives a power cut, os a crash of the server, none neither',
    placeholder: 'level',
    choices: DURABILITIES,
    parse: values.oneOf<Durability>(DURABILITIES),
    fallback: () => 'fsync',
  }),
  maxEventSize: setting({
    summary: 'the largest event that is taken',
    placeholder: 'size',
    parse: values.eventSize,
    fallback: () => DEFAULT_MAX_EVENT_BYTES,
    fallbackText: '1MiB',
  }),
  token: setting<string | undefined>({
    summary: 'the token that senders must present',
    placeholder: 'secret',
    parse: values.text,
    fallback: () => undefined,
    fallbackText: 'none',
    secret: true,
  }),
  allowAnonymous: setting({
    summary: 'listen beyond loopback without a token',
    parse: values.yesOrNo,
    fallback: () => false,
  }),
  cors: setting<readonly string[]>({
    summary: 'origins of web pages that may send events',
    placeholder: 'origin',
    list: true,
    parse: text => [values.origin(text)],
    fallback: () => [],
    fallbackText: 'none',
  }),
  allowHost: setting<readonly string[]>({
    summary: 'more host names that requests may be addressed to',
    placeholder: 'name',
    list: true,
    parse: text => [text],
    fallback: () => [],
    fallbackText: 'none',
  }),
  idleTimeout: setting({
    summary: 'close a connection that sent nothing for this long',
    placeholder: 'duration',
    parse: values.duration,
    shown: durationText,
    fallback: () => 3_600_000,
    fallbackText: '1h',
  }),
  queueSize: setting({
    summary: 'bytes of events that may wait for their commit before senders are paused',
    placeholder: 'size',
    parse: values.bytes,
    fallback: () => 32 * 1024 * 1024,
    fallbackText: '32MiB',
  }),
  scrape: setting<readonly ScrapeTarget[]>({
    summary: `Prometheus or OpenMetrics endpoints to scrape, each as URL or URL=INTERVAL (every ${DEFAULT_SCRAPE_INTERVAL} otherwise)`,
    placeholder: 'target',
    list: true,
    parse: text => [scrapeTarget(text)],
    parseObject: value => [scrapeTargetOf(value)],
    shown: targets => targets.map(scrapeTargetShown),
    fallback: () => [],
    fallbackText: 'none',
  }),
  syslog: setting<SyslogAddress | undefined>({
    summary: `take syslog over UDP and TCP; the address is [udp://|tcp://][host]:port (${addresses.DEFAULT_SYSLOG} without a value)`,
    placeholder: 'address',
    bare: addresses.DEFAULT_SYSLOG,
    parse: addresses.syslogAddress,
    shown: address => address && addresses.addressShown(address),
    fallback: () => undefined,
    fallbackText: 'off',
  }),
  statsd: setting<StatsdAddress | undefined>({
    summary: `take statsd over UDP; the address is [host]:port[=interval] (${addresses.DEFAULT_STATSD}=10s without a value)`,
    placeholder: 'address',
    bare: addresses.DEFAULT_STATSD,
    parse: addresses.statsdAddress,
    shown: address => address && addresses.addressShown(address),
    fallback: () => undefined,
    fallbackText: 'off',
  }),
  statsdGauges: setting<GaugeSigns>({
    summary:
      'how a statsd gauge with a sign is read: relative is a change, absolute a value, auto a value where the line has tags or another part of DogStatsD',
    placeholder: 'reading',
    choices: GAUGE_SIGNS,
    parse: values.oneOf<GaugeSigns>(GAUGE_SIGNS),
    fallback: () => 'auto',
  }),
  otlpGrpc: setting<ListenAddress | 'standard' | 'off'>({
    summary: `take OTLP over gRPC too; the address is [host]:port (${addresses.DEFAULT_OTLP_GRPC} without a value)`,
    placeholder: 'address',
    bare: addresses.DEFAULT_OTLP_GRPC,
    parse: addresses.grpcAddress,
    off: 'off',
    offSummary: 'take no OTLP over gRPC',
    shown: address => (typeof address === 'string' ? address : addresses.addressShown(address)),
    fallback: () => 'standard',
    fallbackText: `port ${addresses.OTLP_GRPC_PORT} where --port is ${DEFAULT_PORT}, else off`,
  }),
  hostMetrics: setting<number | undefined>({
    summary: `measure this machine and the server itself this often (every ${DEFAULT_HOST_INTERVAL} without a value)`,
    placeholder: 'interval',
    bare: DEFAULT_HOST_INTERVAL,
    parse: values.interval,
    shown: ms => ms && durationText(ms),
    fallback: () => undefined,
    fallbackText: 'off',
  }),
  rateLimit: setting<Rate | undefined>({
    summary: 'the most events that each token, or each address without one, may send, such as 10k/s',
    placeholder: 'rate',
    parse: values.rate,
    shown: rate => rate && values.rateText(rate),
    fallback: () => undefined,
    fallbackText: 'none',
  }),
  archive: setting<ArchiveKindName | undefined>({
    summary: `what new events are archived as: ${ARCHIVE_KINDS.join(', ')}`,
    placeholder: 'kind',
    choices: ARCHIVE_KINDS,
    parse: values.oneOf(ARCHIVE_KINDS),
    fallback: () => undefined,
    fallbackText: 'what the store has, at first parquet',
  }),
  archiveCompression: setting<Compression | undefined>({
    summary: 'how new files of the kinds ndjson and csv are compressed: zstd, none',
    placeholder: 'name',
    choices: COMPRESSIONS,
    parse: values.oneOf(COMPRESSIONS),
    fallback: () => undefined,
    fallbackText: 'what the store has, at first zstd for ndjson and none for csv',
  }),
  sealEvents: setting({
    summary: 'seal events into the archive when the journal holds more than this',
    placeholder: 'number',
    parse: values.wholeNumber(0),
    fallback: () => DEFAULT_TUNING.sealEvents,
  }),
  sealAfter: setting({
    summary: 'seal events into the archive when they are older than this',
    placeholder: 'duration',
    parse: values.duration,
    shown: durationText,
    fallback: () => DEFAULT_TUNING.sealAfter,
    fallbackText: '1m',
  }),
  queryMemory: setting<number | undefined>({
    summary: 'what a query may hold in memory before it uses temporary files',
    placeholder: 'size',
    parse: values.bytes,
    fallback: () => undefined,
    fallbackText: 'a quarter of the memory, at most 4GiB',
  }),
  archiveMemory: setting({
    summary: 'memory that sealing and compaction may take',
    placeholder: 'size',
    parse: values.bytes,
    fallback: () => DEFAULT_TUNING.memory,
    fallbackText: '256MiB',
  }),
  archiveThreads: setting({
    summary: 'threads that sealing and compaction may take',
    placeholder: 'number',
    parse: values.wholeNumber(1),
    fallback: () => DEFAULT_TUNING.threads,
  }),
  retentionEvery: setting({
    summary: "how often the store's retention policy is applied",
    placeholder: 'duration',
    parse: values.duration,
    shown: durationText,
    fallback: () => 3_600_000,
    fallbackText: '1h',
  }),
  truncateOversize: setting({
    summary: 'cut an activity event over 32 KiB to its required fields instead of refusing it',
    parse: values.yesOrNo,
    fallback: () => false,
  }),
  tlsCert: fileSetting('the certificate (PEM) to speak TLS with'),
  tlsKey: fileSetting('the private key (PEM) of that certificate'),
  tlsClientCa: fileSetting('the authorities (PEM) of senders: each must present a certificate of one'),
  requireTls: setting({
    summary: 'refuse what is not TLS',
    parse: values.yesOrNo,
    fallback: () => false,
  }),
  caCert: fileSetting('authorities (PEM) to trust besides the usual ones'),
  clientCert: fileSetting('the certificate (PEM) to present to the server'),
  clientKey: fileSetting('the private key (PEM) of that certificate'),
  redact: listSetting(
    'what is replaced by a label before it is stored: email, ip, credit-card, iban, phone, jwt, aws-key, github-token, private-key, secrets (the last six), or fields by their path',
  ),
  hash: listSetting('fields whose values are replaced by a keyed hash, the same for the same value'),
  drop: listSetting('fields that are not stored'),
  denyType: listSetting('types of events that are not stored', 'type...'),
  keepHeader: setting<readonly string[]>({
    summary: 'more request headers whose values are stored; those that may hold credentials are stored as ***',
    placeholder: 'name',
    list: true,
    parse: values.headerNames,
    fallback: () => [],
    fallbackText: 'none',
  }),
  tz: setting<string | undefined>({
    summary: 'the time zone that times are printed in',
    placeholder: 'zone',
    parse: values.timeZone,
    fallback: () => undefined,
    fallbackText: 'local on a terminal, else UTC',
  }),
  format: setting<(typeof FORMATS)[number] | undefined>({
    summary: `how telemetry query prints its rows: ${FORMATS.join(', ')}`,
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

/** The variable that sets a setting: `maxEventSize` is TELEMETRY_MAX_EVENT_SIZE. */
export function variableOf(key: SettingKey): string {
  return `TELEMETRY_${key.replace(/[A-Z]/g, capital => `_${capital}`).toUpperCase()}`;
}

/** The flag that sets a setting: `maxEventSize` is --max-event-size. */
export function flagOf(key: SettingKey): string {
  return `--${key.replace(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)}`;
}
