import type { TrustFiles } from '../../client/trust.js';
import type { Settings } from '../config/resolve.js';

/** The TLS settings of a command that sends to a server. */
export const TRUST_SETTINGS = ['caCert', 'clientCert', 'clientKey'] as const;

/** Reads the paths of the TLS files from the settings. */
export function trustFiles(settings: Settings): TrustFiles {
  return {
    caCert: settings.get('caCert'),
    clientCert: settings.get('clientCert'),
    clientKey: settings.get('clientKey'),
  };
}
