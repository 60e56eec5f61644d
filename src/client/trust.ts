import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, rootCertificates, type ConnectionOptions } from 'node:tls';
import { messageOf, TelemetryError } from '../core/errors.js';
import { unreadableFile } from '../core/file-error.js';

/** TLS files of a client: trusted authorities, and its certificate. Paths of PEM files. */
export interface TrustFiles {
  /** Authorities to trust in addition to Node's. */
  readonly caCert: string | undefined;
  /** The client's certificate and key, for a server with --tls-client-ca. */
  readonly clientCert: string | undefined;
  readonly clientKey: string | undefined;
}

/** The content of {@link TrustFiles}, and the certificate pinned by the store. */
export interface Trust {
  readonly options: Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>;
  /** Returns the SHA-256 of a certificate that is trusted despite its issuer and name. Called before each attempt. */
  readonly pinned?: (() => string | undefined) | undefined;
}

/**
 * Reads the TLS files.
 * @throws TelemetryError `failure` for a file that cannot be read, `usage` for a certificate without its key.
 */
export function readTrust({ caCert, clientCert, clientKey }: TrustFiles): Trust {
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    throw new TelemetryError('usage', '--client-cert and --client-key belong together', {
      remedy: 'Give both, or none.',
    });
  }
  return {
    options: {
      ...(caCert !== undefined && { ca: [...rootCertificates, read(caCert)] }),
      ...(clientCert !== undefined && { cert: read(clientCert) }),
      ...(clientKey !== undefined && { key: read(clientKey) }),
    },
  };
}

/**
 * Connects to a server with TLS. Its certificate must be valid for its name, or be the pinned one.
 * Rejects with the reason before anything is sent.
 */
export function connectSecurely(url: URL, { options, pinned }: Trust, signal?: AbortSignal): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...options,
      host,
      port: Number(url.port || 443),
      ...(/^[\d.:a-f]+$/i.test(host) ? {} : { servername: host }),
      // Checked below, together with the pinned certificate.
      rejectUnauthorized: false,
      ...(signal && { signal }),
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const isPinned = socket.getPeerCertificate().fingerprint256 === pinned?.();
      if (socket.authorized || isPinned) {
        socket.off('error', reject);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(untrusted(url, socket.authorizationError));
    });
  });
}

function untrusted(url: URL, reason: unknown): TelemetryError {
  return new TelemetryError('failure', `the certificate of ${url.origin} is not trusted: ${messageOf(reason)}`, {
    remedy: 'Give the certificate of its authority with --ca-cert FILE.',
  });
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadableFile(file, error);
  }
}
