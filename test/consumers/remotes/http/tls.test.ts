import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RemoteKind } from '../../../../src/consumers/remotes/kind.js';
import { INTAKE_KIND } from '../../../../src/consumers/remotes/kinds/intake/kind.js';
import { OTLP_KIND } from '../../../../src/consumers/remotes/kinds/otlp/kind.js';
import { TELEMETRY_KIND } from '../../../../src/consumers/remotes/kinds/telemetry/kind.js';
import { makeAuthority, makeCertificate, type CertificateFiles } from '../../../helpers/certificates.js';
import { postJson } from '../../../helpers/http.js';
import { hasProgram } from '../../../helpers/programs.js';
import { batchOf, connectRemote, remoteOf } from '../../../helpers/remotes.js';
import { endServersInProcess, serveInProcess, type ServerInProcess } from '../../../helpers/server-in-process.js';
import { makeDirectory, payloads } from '../../../helpers/store.js';
import { removeDirectory } from '../../../helpers/remove-directory.js';

const EVENT = '{"event_id":"1","event_time":"2026-11-29T12:00:00Z","event_type":"log","event_name":"x"}';

describe.skipIf(!hasProgram('openssl'))('remotes over TLS (skipped without openssl)', () => {
  const dir = makeDirectory();
  let authority: CertificateFiles;
  let client: CertificateFiles;
  let from: ServerInProcess;
  let to: ServerInProcess;

  beforeAll(async () => {
    authority = makeAuthority(dir, 'authority');
    client = makeCertificate(dir, 'client', authority);
    const { cert, key } = makeCertificate(dir, 'localhost', authority);
    const args = ['--tls-cert', cert, '--tls-key', key, '--tls-client-ca', authority.cert];
    to = await serveInProcess({ store: `${dir}/to`, args: [...args, '--otlp-grpc', '127.0.0.1:0'] });
    from = await serveInProcess({ store: `${dir}/from` });
    await postJson(from.url, EVENT);
  });
  afterAll(async () => {
    await endServersInProcess();
    removeDirectory(dir);
  });

  const grpcPort = (): string => /otlp grpc: +\S+:(\d+)/.exec(to.said())![1]!;
  const kinds: readonly (readonly [string, RemoteKind, () => string])[] = [
    ['telemetrys', TELEMETRY_KIND, () => `telemetrys://localhost:${to.port}`],
    ['otlps', OTLP_KIND, () => `otlps://localhost:${to.port}`],
    ['otlps+grpc', OTLP_KIND, () => `otlps+grpc://localhost:${grpcPort()}`],
    ['intake+https', INTAKE_KIND, () => `intake+https://localhost:${to.port}/v1/telemetry/events`],
  ];

  test.each(kinds)('given the certificates, then %s arrives; without them it is refused', async (_, kind, url) => {
    const send = async (options: Record<string, string>) =>
      (await connectRemote(from.store, kind, remoteOf(url(), { options }))).send(await batchOf(from.store));
    await expect(send({})).rejects.toThrow();
    await expect(send({ 'ca-cert': authority.cert })).rejects.toThrow();
    const { bytes } = await send({
      'ca-cert': authority.cert,
      'client-cert': client.cert,
      'client-key': client.key,
    });

    expect(bytes).toBeGreaterThan(0);
    expect(payloads(to.store).length).toBeGreaterThan(0);
  });
});
