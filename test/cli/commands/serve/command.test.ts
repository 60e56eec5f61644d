import { describe, expect, test } from 'vitest';
import { serveOptions } from '../../../../src/cli/shared/serve-options.js';
import { resolveSettings, type Flags } from '../../../../src/cli/config/resolve.js';

async function otlpGrpc(flags: Flags, env: Readonly<Record<string, string>> = {}) {
  return serveOptions(await resolveSettings({ flags, env, cwd: '/' })).otlpGrpc;
}

describe('the port of OTLP over gRPC', () => {
  test.each<[string, Flags, Record<string, string>]>([
    ['without a word', {}, {}],
    ['with the standard port named', { port: '4318' }, {}],
  ])('is 4317 on the host of HTTP, where it is free, %s', async (_, flags, env) => {
    expect(await otlpGrpc(flags, env)).toEqual({ host: '127.0.0.1', port: 4317, isOptional: true });
  });

  test('follows --host', async () => {
    expect(await otlpGrpc({ host: '0.0.0.0' })).toMatchObject({ host: '0.0.0.0', port: 4317 });
  });

  test.each<[string, Flags, Record<string, string>]>([
    ['another port of HTTP', { port: '0' }, {}],
    ['another port in the environment', {}, { TELEMETRY_PORT: '9000' }],
    ['--no-otlp-grpc', { otlpGrpc: false }, {}],
    ['TELEMETRY_OTLP_GRPC=false', {}, { TELEMETRY_OTLP_GRPC: 'false' }],
  ])('is off with %s', async (_, flags, env) => {
    expect(await otlpGrpc(flags, env)).toBeUndefined();
  });

  test('must be had where --otlp-grpc asks for it, whatever the port of HTTP', async () => {
    expect(await otlpGrpc({ port: '0', otlpGrpc: true })).toEqual({ host: '127.0.0.1', port: 4317 });
    expect(await otlpGrpc({ otlpGrpc: ':0' })).toEqual({ host: '127.0.0.1', port: 0 });
  });
});
