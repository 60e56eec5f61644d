// Writes man/ from the commands themselves. A test fails when a page is stale.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const dir = await mkdtemp(join(tmpdir(), 'telemetry-man-'));
try {
  await build({
    stdin: {
      contents: `export { createProgram } from './src/cli/program.ts'; export { manualPages } from './src/cli/manual/pages.ts';`,
      resolveDir: '.',
    },
    outfile: join(dir, 'pages.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    // The pages are read off the commands; none is run.
    external: ['*/run.js'],
    banner: {
      js: `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`,
    },
  });
  const { createProgram, manualPages } = await import(pathToFileURL(join(dir, 'pages.mjs')).href);
  const pages = manualPages(createProgram(() => Promise.reject(new Error('no command is run here'))));
  for (const file of await readdir('man')) await rm(join('man', file));
  for (const [file, text] of pages) await writeFile(join('man', file), text);
} finally {
  await rm(dir, { recursive: true, force: true });
}
