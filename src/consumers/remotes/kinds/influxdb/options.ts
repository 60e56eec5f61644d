import { TelemetryError } from '../../../../core/errors.js';
import { trustOf, type HttpEndpoint } from '../../http/http-remote.js';
import type { Remote } from '../../remote.js';

/** The address, bucket and credentials of an InfluxDB remote. */
export interface InfluxOptions {
  readonly endpoint: HttpEndpoint;
  /** The bucket; of InfluxDB 1.8 `DATABASE` or `DATABASE/POLICY`. */
  readonly bucket: string;
  readonly org: string | undefined;
  /** Headers of requests, with the credentials. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The names of the options of a remote. */
export const OPTION_NAMES = ['ca-cert', 'client-cert', 'client-key'] as const;

const SECURE = 'https+influxdb:';
const DEFAULT_PORT = 8086;

/** Reads the URL and the options of a remote. @throws TelemetryError `usage`, `failure` for an unreadable TLS file. */
export function optionsOf(remote: Remote): InfluxOptions {
  const { url } = remote;
  const bucket = decodeURIComponent(url.pathname.replace(/^\/|\/$/g, ''));
  const others = [...url.searchParams.keys()].some(name => name !== 'org');
  if (url.hostname === '' || bucket === '' || others || url.hash !== '') {
    throw new TelemetryError('usage', 'the URL of an InfluxDB names a host and a bucket', {
      remedy: 'Write influxdb://HOST:8086/BUCKET?org=ORG, or https+influxdb:// for TLS, with a token as :TOKEN@HOST.',
    });
  }
  trustOf(remote);
  const protocol = url.protocol === SECURE ? 'https' : 'http';
  const port = url.port === '' ? DEFAULT_PORT : url.port;
  return {
    endpoint: { origin: new URL(`${protocol}://${url.hostname}:${port}`), path: '/api/v2/write' },
    bucket,
    org: url.searchParams.get('org') ?? undefined,
    headers: { ...credentials(url), ...remote.headers },
  };
}

/** The authorization header: a token, or a name and a password for InfluxDB 1.8. */
function credentials({ username, password }: URL): Record<string, string> {
  if (password === '') return {};
  const [name, secret] = [username, password].map(decodeURIComponent) as [string, string];
  return { authorization: `Token ${name === '' ? secret : `${name}:${secret}`}` };
}
