// Writes man/ from the commands themselves. A test fails when a page is stale.
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadManual } from './load-manual.mjs';

const { program, manualPages } = await loadManual('pages.ts');
for (const file of await readdir('man')) await rm(join('man', file));
for (const [file, text] of manualPages(program)) await writeFile(join('man', file), text);
