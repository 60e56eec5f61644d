// Loads the commands and what writes their manual, bundled from the sources: nothing needs to be built first.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** The program as the manual reads it, and the exports of src/cli/manual/FILE. */
export async function loadManual(file) {
  const dir = await mkdtemp(join(tmpdir(), 'telemetry-manual-'));
  try {
    await build({
      stdin: {
        contents: `export { createProgram } from './src/cli/program.ts'; export * from './src/cli/manual/${file}';`,
        resolveDir: '.',
      },
      outfile: join(dir, 'manual.mjs'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      // The pages are read off the commands; none is run.
      external: ['*/run.js'],
      banner: {
        js: `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`,
      },
    });
    const { createProgram, ...writers } = await import(pathToFileURL(join(dir, 'manual.mjs')).href);
    return { program: createProgram(() => Promise.reject(new Error('no command is run here'))), ...writers };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
