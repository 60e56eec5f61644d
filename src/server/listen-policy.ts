import { TelemetryError } from '../core/errors.js';
import { listTokens } from '../store/catalog/token-reader.js';
import type { SourceOptions } from './sources.js';

/** An address to listen on, and what keeps strangers out. */
export interface Doors {
  readonly store: string;
  readonly host: string;
  readonly token: string | undefined;
  readonly allowAnonymous: boolean;
  /** Whether every sender has to present a certificate. */
  readonly asksForCertificates: boolean;
}

/**
 * Refuses an address that other machines reach while nothing keeps them from sending.
 * @throws TelemetryError `usage`.
 */
export function refuseOpenDoors({ store, host, token, allowAnonymous, asksForCertificates }: Doors): void {
  if (asksForCertificates || token !== undefined || allowAnonymous || isLoopback(host) || hasTokens(store)) return;
  throw new TelemetryError('usage', `${host} can be reached from other machines, and anyone there could send events`, {
    remedy:
      'Make a token with `telemetry token create NAME`, give a --token (or TELEMETRY_TOKEN), or say --allow-anonymous.',
  });
}

/**
 * Refuses sources without credentials at an address that other machines reach, unless anyone there may send.
 * @throws TelemetryError `usage`.
 */
export function refuseOpenSources({
  sources = {},
  allowAnonymous,
}: {
  sources?: SourceOptions;
  allowAnonymous: boolean;
}): void {
  for (const [name, address] of Object.entries({ syslog: sources.syslog, statsd: sources.statsd })) {
    if (address === undefined || allowAnonymous || isLoopback(address.host)) continue;
    throw new TelemetryError(
      'usage',
      `${address.host} can be reached from other machines, and ${name} has no credentials`,
      {
        remedy: `Say --allow-anonymous, or give --${name} an address of this machine alone, such as 127.0.0.1.`,
      },
    );
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

function hasTokens(store: string): boolean {
  try {
    return listTokens(store).length > 0;
  } catch (error) {
    // Without a store there is no token; any other trouble with it is told by who opens it for writing.
    if (error instanceof TelemetryError) return false;
    throw error;
  }
}
