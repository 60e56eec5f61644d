import { TelemetryError } from '../../core/errors.js';
import type { ListenAddress } from '../../receivers/datagram/datagrams.js';
import type { StatsdAddress } from '../../receivers/datagram/statsd.js';
import type { SyslogAddress } from '../../receivers/datagram/syslog.js';
import { interval } from './values.js';

/** Default address of syslog. The standard port 514 needs root. */
export const DEFAULT_SYSLOG = '127.0.0.1:5514';

/** Default address of statsd, on the port that clients use. */
export const DEFAULT_STATSD = '127.0.0.1:8125';

/** The standard port of OTLP over gRPC (OTLP specification, "OTLP/gRPC Default Port"). */
export const OTLP_GRPC_PORT = 4317;

/** Address of OTLP over gRPC for `--otlp-grpc` without a value. */
export const DEFAULT_OTLP_GRPC = `127.0.0.1:${OTLP_GRPC_PORT}`;

/** Default flush interval, that of statsd. */
const DEFAULT_FLUSH = '10s';

/** Parses `[udp://|tcp://][host][:port]`; without a scheme, both protocols. @throws TelemetryError `usage` */
export function syslogAddress(text: string): SyslogAddress {
  const [scheme = '', protocol] = /^(udp|tcp):\/\//.exec(text) ?? [];
  const protocols = protocol === undefined ? (['udp', 'tcp'] as const) : [protocol as 'udp' | 'tcp'];
  return { ...address(text.slice(scheme.length), DEFAULT_SYSLOG), protocols };
}

/** Parses `[host][:port][=interval]`. @throws TelemetryError `usage` */
export function statsdAddress(text: string): StatsdAddress {
  const [where = '', every = DEFAULT_FLUSH] = text.split('=', 2);
  return { ...address(where.replace(/^udp:\/\//, ''), DEFAULT_STATSD), intervalMs: interval(every) };
}

/** Parses `[host][:port]`. @throws TelemetryError `usage` */
export function grpcAddress(text: string): ListenAddress {
  return address(text, DEFAULT_OTLP_GRPC);
}

/** Formats an address as `host:port`, with brackets around IPv6. */
export function addressShown({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function address(text: string, usual: string): ListenAddress {
  const [usualHost = '', usualPort = ''] = usual.split(':');
  const [, bracketed, plain, colonPort, port] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9.-]*[a-zA-Z.-][a-zA-Z0-9.-]*)?)(?::(\d{1,5}))?$|^(\d{1,5})$/.exec(text) ?? [];
  const number = Number(colonPort ?? port ?? usualPort);
  const host = bracketed ?? plain ?? usualHost;
  const isOne = text === '' || [bracketed, plain, colonPort, port].some(part => part !== undefined);
  if (isOne && number <= 65_535) return { host, port: number };
  throw new TelemetryError('usage', `"${text}" is not an address to listen on`, {
    remedy: `Write it like ${usual}, :${usualPort} or [::1]:${usualPort}.`,
  });
}
