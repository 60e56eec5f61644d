import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

/** Paths of a certificate and its key, in PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

function openssl(dir: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
}

/** Makes an authority. */
export function makeAuthority(dir: string, name: string): CertificateFiles {
  const files = { cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) };
  openssl(dir, ...newKey(files.key), '-x509', '-days', '2', '-subj', `/CN=${name}`, '-out', files.cert);
  return files;
}

/** Makes a certificate for a host name or an address, signed by an authority. */
export function makeCertificate(dir: string, name: string, authority: CertificateFiles): CertificateFiles {
  const files = { cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) };
  writeFileSync(join(dir, `${name}.ext`), `subjectAltName=${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}\n`);
  openssl(dir, ...newKey(files.key), '-subj', `/CN=${name}`, '-out', `${name}.csr`);
  openssl(
    dir,
    ...['x509', '-req', '-in', `${name}.csr`, '-CA', authority.cert, '-CAkey', authority.key, '-CAcreateserial'],
    ...['-days', '2', '-extfile', `${name}.ext`, '-out', files.cert],
  );
  return files;
}

function newKey(file: string): string[] {
  return ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file];
}
