import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory } from '../../helpers/remove-directory.js';

let dir: string;
let program: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'telemetry-signals-'));
  const source = join(dir, 'wait.ts');
  program = join(dir, 'wait.mjs');
  writeFileSync(
    source,
    `import { interruption } from ${JSON.stringify(join(import.meta.dirname, '../../../src/cli/shared/signals.ts'))};
     interruption(process).addEventListener('abort', () => console.log('aborted'));
     setInterval(() => undefined, 1000);
     console.log('ready');`,
  );
  await build({ entryPoints: [source], outfile: program, bundle: true, platform: 'node', format: 'esm' });
});

afterAll(() => removeDirectory(dir));

describe('interruption', () => {
  test.each([
    ['SIGINT', 'SIGINT'],
    ['SIGINT', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
  ] as const)('given %s and then %s, then the first aborts and the second ends the process', async (first, second) => {
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const said = async (): Promise<string> => String((await once(child.stdout, 'data'))[0]).trim();

    expect(await said()).toBe('ready');
    child.kill(first);
    expect(await said()).toBe('aborted');
    child.kill(second);
    expect((await once(child, 'exit')) as unknown[]).toEqual([null, second]);
  });
});
