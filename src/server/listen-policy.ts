import { TelemetryError } from '../core/errors.js';
import { listTokens } from '../store/catalog/token-reader.js';
import type { SourceOptions } from './sources.js';

/** An address to listen on, and its protection against other machines. */
export interface ListenRequest {
  readonly store: string;
  readonly host: string;
  readonly token: string | undefined;
  readonly allowAnonymous: boolean;
  /** True when every sender must present a certificate. */
  readonly asksForCertificates: boolean;
}

/**
 * Requires a token, client certificates or --allow-anonymous for a non-loopback address.
 * @throws TelemetryError `usage`
 */
export function checkListenAddress({ store, host, token, allowAnonymous, asksForCertificates }: ListenRequest): void {
  if (asksForCertificates || token !== undefined || allowAnonymous || isLoopback(host) || hasTokens(store)) return;
  throw new TelemetryError('usage', `${host} is reachable from other machines, and anyone there could send events`, {
    remedy:
      'Create a token with `telemetry token create NAME`, or give --token (or TELEMETRY_TOKEN) or --allow-anonymous.',
  });
}

/**
 * Requires --allow-anonymous for a source without credentials on a non-loopback address.
 * @throws TelemetryError `usage`
 */
export function checkSourceAddresses({
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
      `${address.host} is reachable from other machines, and ${name} has no credentials`,
      {
        remedy: `Give --allow-anonymous, or a loopback address such as --${name} 127.0.0.1.`,
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
    // A store that does not exist has no tokens. The writer reports any other error.
    if (error instanceof TelemetryError) return false;
    throw error;
  }
}
