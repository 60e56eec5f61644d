import { describe, expect, test } from 'vitest';
import { serveOptions } from '../../../../src/cli/shared/serve-options.js';
import { createProgram } from '../../../../src/cli/program.js';
import { resolveSettings, type Flags } from '../../../../src/cli/config/resolve.js';

async function otlpGrpc(flags: Flags, env: Readonly<Record<string, string>> = {}) {
  return serveOptions(await resolveSettings({ flags, env, cwd: '/' })).otlpGrpc;
}

describe('options that are lists', () => {
  test.each([
    ['--scrape', 'scrape', ['localhost:9100', 'localhost:9200=15s']],
    ['--cors', 'cors', ['https://a.example', 'https://b.example']],
    ['--allow-host', 'allowHost', ['a', 'b']],
    ['--keep-header', 'keepHeader', ['x-a', 'x-b']],
    ['--redact', 'redact', ['email', 'ip']],
  ])('%s takes several values after one flag, and a repeated flag', async (flag, key, [first, second]) => {
    for (const args of [
      [flag, first!, second!],
      [flag, first!, flag, second!],
    ]) {
      let flags: Flags = {};
      const { program } = createProgram(given => {
        flags = given;
        return Promise.reject(new Error('stop'));
      }, 'serve');
      await expect(program.parseAsync(['serve', ...args], { from: 'user' })).rejects.toThrow('stop');
      expect(flags[key]).toEqual([first, second]);
    }
  });
});

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
