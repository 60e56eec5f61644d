import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { serve } from '../helpers/server.js';
import { payloads, temporaryStore } from '../helpers/store.js';

const source = fileURLToPath(new URL('../fixtures/go-client', import.meta.url));

/** A first build compiles Go's own library as well. */
const BUILD_MS = 120_000;

/** Builds the client with what this machine has; says why where it cannot. Nothing is fetched. */
function build(into: string): { binary: string } | { why: string } {
  const binary = join(into, 'go-client');
  const env = { ...process.env, GOFLAGS: '-mod=readonly', GOPROXY: 'off', GOTOOLCHAIN: 'local' };
  const { error, status, stderr } = spawnSync('go', ['build', '-o', binary], {
    cwd: source,
    env,
    encoding: 'utf8',
    timeout: BUILD_MS,
  });
  if (error) return { why: `there is no go here: ${error.message}` };
  if (status === 0) return { binary };
  // With the module at hand a failure is the client's fault, and the test's.
  if (!/module lookup disabled|cannot find module|cache (is|not)|requires go/.test(stderr)) throw new Error(stderr);
  return { why: `the module is not here; fetch it with (cd test/fixtures/go-client && go mod download): ${stderr}` };
}

test(
  'serves a Go client with its own WebSocket library: dial, send, read counts',
  async context => {
    const store = temporaryStore();
    const built = build(store);
    if ('why' in built) return context.skip(built.why);
    const server = await serve({ store: join(store, 'store') });

    const { status, stdout, stderr } = spawnSync(built.binary, [`ws://127.0.0.1:${server.port}/`, '1000'], {
      encoding: 'utf8',
    });

    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '1000\n', stderr: '' });
    expect(payloads(server.store)).toEqual(
      Array.from({ length: 1000 }, (_, n) => `{"type":"log","client":"go","n":${n}}`),
    );
    await server.end();
  },
  2 * BUILD_MS,
);
