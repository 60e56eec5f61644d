import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { messageOf, TelemetryError } from '../core/errors.js';

/** Where a server's certificate and key are: paths of PEM files. */
export interface TlsFiles {
  /** The certificate, and those between it and its authority. */
  readonly cert: string;
  readonly key: string;
  /** The authorities of senders' certificates; with it every sender has to present one. */
  readonly clientCa: string | undefined;
  /** Whether plain HTTP is refused. It always is with `clientCa`, which it would get around. */
  readonly isRequired: boolean;
}

/** What they hold, read at one time. Every listener of the server takes its credentials from this. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer | undefined;
  /** The SHA-256 of the certificate, as OpenSSL prints it: by it the store's own commands know the server. */
  readonly fingerprint: string;
}

/** The oldest version of TLS that is spoken: RFC 8996 forbids those before. */
const OLDEST = 'TLSv1.2';

/**
 * Reads and checks the files.
 * @throws TelemetryError `failure` that names the file that cannot be read or used.
 */
export function readTlsMaterial({ cert, key, clientCa }: TlsFiles): TlsMaterial {
  const certificate = using(cert, 'a certificate in PEM', bytes => ({ bytes, x509: new X509Certificate(bytes) }));
  const privateKey = using(key, 'a private key in PEM without a passphrase', bytes => ({
    bytes,
    key: createPrivateKey(bytes),
  }));
  if (!certificate.x509.checkPrivateKey(privateKey.key)) {
    throw new TelemetryError('failure', `the key in ${key} is not that of the certificate in ${cert}`, {
      remedy: 'Give the two that belong together with --tls-cert and --tls-key.',
    });
  }
  const material: TlsMaterial = {
    cert: certificate.bytes,
    key: privateKey.bytes,
    clientCa: clientCa === undefined ? undefined : using(clientCa, 'a certificate in PEM', authority),
    fingerprint: certificate.x509.fingerprint256,
  };
  using(cert, 'a certificate that TLS can use', () => createSecureContext(contextOptions(material)));
  return material;
}

/** What a TLS listener is made with, and made anew with when the files have changed. */
export function contextOptions({ cert, key, clientCa }: TlsMaterial): SecureContextOptions {
  return { cert, key, minVersion: OLDEST, ...(clientCa && { ca: clientCa }) };
}

function authority(bytes: Buffer): Buffer {
  new X509Certificate(bytes);
  return bytes;
}

function using<T>(file: string, what: string, use: (bytes: Buffer) => T): T {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new TelemetryError('failure', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
  try {
    return use(bytes);
  } catch (error) {
    throw new TelemetryError('failure', `${file} is not ${what}: ${messageOf(error)}`, { cause: error });
  }
}
