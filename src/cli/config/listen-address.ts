import { TelemetryError } from '../../core/errors.js';
import type { ListenAddress } from '../../receivers/datagram/datagrams.js';
import type { StatsdAddress } from '../../receivers/datagram/statsd.js';
import type { SyslogAddress } from '../../receivers/datagram/syslog.js';
import { interval } from './values.js';

/** Where syslog is taken unless it is said: 514 is for root alone. */
export const DEFAULT_SYSLOG = '127.0.0.1:5514';

/** Where statsd is taken unless it is said: the port of every client. */
export const DEFAULT_STATSD = '127.0.0.1:8125';

/** The port of OTLP over gRPC, which its senders know. */
export const OTLP_GRPC_PORT = 4317;

/** Where OTLP over gRPC is taken by a bare --otlp-grpc. */
export const DEFAULT_OTLP_GRPC = `127.0.0.1:${OTLP_GRPC_PORT}`;

/** How long statsd gathers unless it is said, as statsd has it. */
const DEFAULT_FLUSH = '10s';

/** `[udp://|tcp://][host][:port]`; both protocols unless it names one. @throws TelemetryError `usage` */
export function syslogAddress(text: string): SyslogAddress {
  const [scheme = '', protocol] = /^(udp|tcp):\/\//.exec(text) ?? [];
  const protocols = protocol === undefined ? (['udp', 'tcp'] as const) : [protocol as 'udp' | 'tcp'];
  return { ...address(text.slice(scheme.length), DEFAULT_SYSLOG), protocols };
}

/** `[host][:port][=interval]`. @throws TelemetryError `usage` */
export function statsdAddress(text: string): StatsdAddress {
  const [where = '', every = DEFAULT_FLUSH] = text.split('=', 2);
  return { ...address(where.replace(/^udp:\/\//, ''), DEFAULT_STATSD), intervalMs: interval(every) };
}

/** `[host][:port]`. @throws TelemetryError `usage` */
export function grpcAddress(text: string): ListenAddress {
  return address(text, DEFAULT_OTLP_GRPC);
}

/** An address as it is printed. */
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
