import type { TrustFiles } from '../../client/trust.js';
import type { Settings } from '../config/resolve.js';

/** The settings of a command that sends to a server which may speak TLS. */
export const TRUST_SETTINGS = ['caCert', 'clientCert', 'clientKey'] as const;

/** What they say. */
export function trustFiles(settings: Settings): TrustFiles {
  return {
    caCert: settings.get('caCert'),
    clientCert: settings.get('clientCert'),
    clientKey: settings.get('clientKey'),
  };
}
