import { ServerCredentials } from '@grpc/grpc-js';
import type { SecureContextOptions } from 'node:tls';

/** Credentials of a server that can be renewed while it listens. */
export interface RenewableCredentials {
  readonly credentials: ServerCredentials;
  /** New connections get these; those that are open keep theirs. */
  readonly renew: (tls: SecureContextOptions) => void;
}

/** Creates credentials. @param tls none for connections in the clear; with a `ca`, senders have to present a certificate of it */
export function grpcCredentials(tls: SecureContextOptions | undefined): RenewableCredentials {
  if (!tls) return { credentials: ServerCredentials.createInsecure(), renew: () => undefined };
  const credentials = new TlsCredentials(tls);
  return { credentials, renew: renewed => credentials.renew(renewed) };
}

/** A class, since the library offers its updates to classes derived from its own alone. */
class TlsCredentials extends ServerCredentials {
  constructor(tls: SecureContextOptions) {
    const asksForCertificates = tls.ca !== undefined;
    super({ requestCert: asksForCertificates, rejectUnauthorized: asksForCertificates }, tls);
  }

  renew(tls: SecureContextOptions): void {
    this.updateSecureContextOptions(tls);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
