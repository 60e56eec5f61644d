// Writes the generated pages of docs/reference from the commands and the settings. A test fails when a page is stale.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { loadManual } from './load-manual.mjs';

const { program, referencePages } = await loadManual('reference.ts');
for (const [name, text] of referencePages(program)) {
  const file = join('docs', 'reference', name);
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), parser: 'markdown' }));
}
