import { defineConfig } from 'vitest/config';

/**
 * The key suites, which CI also runs on each newer release line of Node: the store, both kinds of server, the clients
 * of OpenTelemetry, kills, and commands as whole processes.
 */
export default defineConfig({
  test: {
    include: [
      'test/store/{database,catalog,journal}/**/*.test.ts',
      'test/receivers/{http,websocket}/**/*.test.ts',
      'test/receivers/otlp-sdk.test.ts',
      'test/receivers/otlp/otlp-grpc-calls.test.ts',
      'test/acceptance/{kill,lifecycle,query-api,query-service,readers,refusals,replies,streaming,tls,websocket}.test.ts',
      'test/cli/{tail,ingest,main}.test.ts',
    ],
    setupFiles: ['test/helpers/end-of-file.ts'],
    // A loaded machine takes ten times as long as an idle one: this only bounds how long a failure takes.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    maxWorkers: 4,
    isolate: false,
  },
});
