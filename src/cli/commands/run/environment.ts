import type { TrustFiles } from '../../../client/trust.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Values for the environment of the command. */
export interface EnvironmentOptions {
  /** The URL of the receiver. */
  readonly url: string;
  readonly service: string;
  /** The token of the receiver. */
  readonly token: string | undefined;
  /** The TLS files of the command line. */
  readonly trust: TrustFiles;
  /** True when --service was given, which then overrides the environment. */
  readonly isServiceNamed: boolean;
  /** The id that all events of this run share. */
  readonly runId: string;
}

/** The environment of the command. Existing variables keep their values, so that users can direct it elsewhere. */
export function environmentFor(
  env: Env,
  { url, service, token, trust, isServiceNamed, runId }: EnvironmentOptions,
): Env {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_SERVICE_NAME: service,
    ...(trust.caCert !== undefined && { OTEL_EXPORTER_OTLP_CERTIFICATE: trust.caCert }),
    ...(trust.clientCert !== undefined && { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: trust.clientCert }),
    ...(trust.clientKey !== undefined && { OTEL_EXPORTER_OTLP_CLIENT_KEY: trust.clientKey }),
    ...(token !== undefined && {
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(`Bearer ${token}`)}`,
      TELEMETRY_TOKEN: token,
    }),
    ...env,
    TELEMETRY_URL: url,
    TELEMETRY_RUN_ID: runId,
    OTEL_RESOURCE_ATTRIBUTES: withRunId(env.OTEL_RESOURCE_ATTRIBUTES, runId),
    ...(isServiceNamed && { OTEL_SERVICE_NAME: service }),
  };
}

/** Adds the id of the run to the resource attributes of SDKs, replacing that of an outer run. */
function withRunId(attributes: string | undefined, runId: string): string {
  const others = (attributes ?? '').split(',').filter(pair => pair.trim() !== '' && !/^\s*run_id\s*=/.test(pair));
  return [...others, `run_id=${runId}`].join(',');
}

/** The service name in an environment, as OpenTelemetry reads it: the variable, then the resource attribute. */
export function serviceIn(env: Env): string | undefined {
  const attribute = /(?:^|,)\s*service\.name\s*=\s*([^,]+)/.exec(env.OTEL_RESOURCE_ATTRIBUTES ?? '')?.[1]?.trim();
  // An empty variable counts as not set.
  return [env.OTEL_SERVICE_NAME, attribute && decoded(attribute)].find(name => name !== undefined && name !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
