import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { messageOf, TelemetryError } from '../core/errors.js';
import { unreadableFile } from '../core/file-error.js';

/** The PEM files of a server, as paths. */
export interface TlsFiles {
  /** The certificate and its intermediates. */
  readonly cert: string;
  readonly key: string;
  /** The authorities of client certificates. When set, every sender must present one. */
  readonly clientCa: string | undefined;
  /** True to refuse plain HTTP. `clientCa` implies it, since plain HTTP would bypass the check. */
  readonly isRequired: boolean;
}

/** The contents of the files, read at one time and shared by all listeners. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer | undefined;
  /** The SHA-256 fingerprint of the certificate, as OpenSSL prints it. Commands on the store recognize the server by it. */
  readonly fingerprint: string;
}

/** Minimum version of TLS: RFC 8996 deprecates earlier ones. */
const MIN_VERSION = 'TLSv1.2';

/**
 * Reads and validates the files.
 * @throws TelemetryError `failure` naming the unusable file.
 */
export function readTlsMaterial({ cert, key, clientCa }: TlsFiles): TlsMaterial {
  const certificate = using(cert, 'a certificate in PEM', bytes => ({ bytes, x509: new X509Certificate(bytes) }));
  const privateKey = using(key, 'a private key in PEM without a passphrase', bytes => ({
    bytes,
    key: createPrivateKey(bytes),
  }));
  if (!certificate.x509.checkPrivateKey(privateKey.key)) {
    throw new TelemetryError('failure', `the key in ${key} does not match the certificate in ${cert}`, {
      remedy: 'Give a matching pair with --tls-cert and --tls-key.',
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

/** Options of the secure context of a TLS listener. */
export function contextOptions({ cert, key, clientCa }: TlsMaterial): SecureContextOptions {
  return { cert, key, minVersion: MIN_VERSION, ...(clientCa && { ca: clientCa }) };
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
    throw unreadableFile(file, error);
  }
  try {
    return use(bytes);
  } catch (error) {
    throw new TelemetryError('failure', `${file} is not ${what}: ${messageOf(error)}`, { cause: error });
  }
}
