import { TelemetryError } from '../../core/errors.js';
import type { RemoteKind } from '../remotes/kind.js';

type Load = () => Promise<RemoteKind>;

const clickhouse: Load = async () => (await import('../remotes/kinds/clickhouse/kind.js')).clickhouse;
const influxdb: Load = async () => (await import('../remotes/kinds/influxdb/kind.js')).influxdb;
const intake: Load = async () => (await import('../remotes/kinds/intake/kind.js')).INTAKE_KIND;
const ducklake: Load = async () => (await import('../remotes/kinds/ducklake/kind.js')).ducklakeKind;
const kafka: Load = async () => (await import('../remotes/kinds/kafka/kind.js')).kafka;
const objects: Load = async () => (await import('../remotes/kinds/objects/kind.js')).objectsKind;
const otlp: Load = async () => (await import('../remotes/kinds/otlp/kind.js')).OTLP_KIND;
const postgres: Load = async () => (await import('../remotes/kinds/postgres/kind.js')).postgres;
const telemetry: Load = async () => (await import('../remotes/kinds/telemetry/kind.js')).TELEMETRY_KIND;

/** Kinds of remotes by the protocols of their URLs. A kind is loaded when a remote of it is first used. */
const LOADERS: Readonly<Record<string, Load>> = {
  'postgres:': postgres,
  'postgresql:': postgres,
  'clickhouse:': clickhouse,
  'https+clickhouse:': clickhouse,
  'kafka:': kafka,
  'kafkas:': kafka,
  'influxdb:': influxdb,
  'http+influxdb:': influxdb,
  'https+influxdb:': influxdb,
  's3:': objects,
  'file:': objects,
  'ducklake:': ducklake,
  'otlp:': otlp,
  'otlps:': otlp,
  'otlp+grpc:': otlp,
  'otlps+grpc:': otlp,
  'telemetry:': telemetry,
  'telemetrys:': telemetry,
  'intake+https:': intake,
  'intake+http:': intake,
};

/** The protocols of all kinds. */
const REMOTE_PROTOCOLS: readonly string[] = Object.keys(LOADERS);

/** The protocols of the kinds that answer SQL, without colons. */
export async function protocolsWithSql(): Promise<string[]> {
  const loaded = await Promise.all(
    Object.entries(LOADERS).map(async ([protocol, load]) => [protocol, await load()] as const),
  );
  return loaded.filter(([, kind]) => kind.read !== undefined).map(([protocol]) => protocol.slice(0, -1));
}

/** Loads the kind of remote for a URL. @throws TelemetryError `usage` for an unknown protocol. */
export async function kindFor({ protocol }: URL): Promise<RemoteKind> {
  const load = LOADERS[protocol];
  if (load) return load();
  throw new TelemetryError('usage', `cannot forward to "${protocol}//"`, {
    remedy: `Use one of these protocols: ${REMOTE_PROTOCOLS.map(known => known.slice(0, -1)).join(', ')}.`,
  });
}
