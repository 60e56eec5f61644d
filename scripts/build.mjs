// Bundles the command line, the writer thread and the archive's keeper into dist/: one file a command to load is what makes a cold start fast.
// Native packages stay outside of the bundle; types are checked by `npm run typecheck`.
import { rename, rm } from 'node:fs/promises';
import { build } from 'esbuild';

// Built beside and renamed: a build that fails leaves the last one in place.
const beside = `dist.${process.pid}`;
await rm(beside, { recursive: true, force: true });
const options = {
  outbase: 'src',
  outdir: beside,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  minifySyntax: true,
  minifyWhitespace: true,
  external: [
    'better-sqlite3',
    'better-sqlite3-13',
    '@duckdb/node-bindings',
    '@aws-sdk/client-s3',
    '@grpc/grpc-js',
    'nodemailer',
    'echarts',
    '@resvg/resvg-js',
    'dejavu-fonts-ttf',
    '@clickhouse/client',
    'pg',
    'pg-copy-streams',
    'pg-cursor',
    '@platformatic/kafka',
  ],
  // Bundled CommonJS packages still ask for Node's own modules with require().
  banner: {
    js: `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`,
  },
  logLevel: 'warning',
};
await build({
  ...options,
  entryPoints: [
    'src/cli/main.ts',
    'src/cli/query-service/process.ts',
    'src/server/maintenance/process.ts',
    'src/server/alerts/process.ts',
    'src/server/forwarding/process.ts',
    'src/receivers/host/sampler-thread.ts',
  ],
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
});
// What every server waits for at its start shares nothing, and is one file: each further one costs a part of a millisecond.
await build({ ...options, entryPoints: ['src/store/journal/writer-thread.ts'] });
// The same for what every question to a query process waits for; CommonJS, since Node's loader of modules takes some 8 ms.
await build({
  ...options,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  banner: {},
  entryPoints: ['src/cli/query-service/ask.ts'],
});
await rm('dist', { recursive: true, force: true });
await rename(beside, 'dist');
