import type { TrustFiles } from '../../../client/trust.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What the command's environment is to say. */
export interface EnvironmentOptions {
  /** Where the receiver listens. */
  readonly url: string;
  readonly service: string;
  /** What the receiver asks for. */
  readonly token: string | undefined;
  /** What the command needs to speak TLS with it as we do. */
  readonly trust: TrustFiles;
  /** Whether the service was named on the command line, which then wins. */
  readonly isServiceNamed: boolean;
  /** The same for all events of the run. */
  readonly runId: string;
}

/** The environment of the command: variables that are set stay, so that a command can be pointed elsewhere. */
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

/** Resource attributes with the run's id, in the place of that of a run around it: what an SDK sends bears it, too. */
function withRunId(attributes: string | undefined, runId: string): string {
  const others = (attributes ?? '').split(',').filter(pair => pair.trim() !== '' && !/^\s*run_id\s*=/.test(pair));
  return [...others, `run_id=${runId}`].join(',');
}

/** The service that an environment names, as OpenTelemetry reads it: the variable, then the resource's attribute. */
export function serviceIn(env: Env): string | undefined {
  const attribute = /(?:^|,)\s*service\.name\s*=\s*([^,]+)/.exec(env.OTEL_RESOURCE_ATTRIBUTES ?? '')?.[1]?.trim();
  // A variable that is set and empty counts as not set.
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
