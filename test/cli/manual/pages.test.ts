import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { manualPages } from '../../../src/cli/manual/pages.js';
import { createProgram } from '../../../src/cli/program.js';
import { EXIT } from '../../../src/core/errors.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const pages = manualPages(createProgram(() => Promise.reject(new Error('no command runs here'))));

describe('the man pages', () => {
  test('given the commands, then man/ holds a page for each and no other', () => {
    expect(readdirSync(`${root}man`).sort()).toEqual([...pages.keys()].sort());
  });

  test.each([...pages])('given the commands, then man/%s is not stale (if it is: npm run man)', (file, text) => {
    expect(readFileSync(`${root}man/${file}`, 'utf8')).toBe(text);
  });

  test('given the pages, then the package installs each', () => {
    const { man } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { man: string[] };

    expect([...man].sort()).toEqual([...pages.keys()].map(file => `man/${file}`).sort());
  });

  test('given the exit codes, then telemetry(1) has each', () => {
    for (const code of Object.values(EXIT)) expect(pages.get('telemetry.1')).toContain(`.B "${code}"`);
  });
});

const hasGroff = spawnSync('groff', ['--version']).status === 0;

describe.skipIf(!hasGroff)('groff (skipped where it is not installed)', () => {
  test.each([...pages])('given %s, then it has nothing to warn of', (_file, text) => {
    const { stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-b'], { input: text, encoding: 'utf8' });

    expect(stderr).toBe('');
  });

  test('given quotes and dashes, then they can be pasted from the page', () => {
    const printed = execFileSync('groff', ['-man', '-Tutf8', '-P-cbou'], {
      input: pages.get('telemetry-serve.1'),
      encoding: 'utf8',
    });

    expect(printed).toContain(`curl -d '{"type":"log","level":"INFO","msg":"hi mom"}' localhost:4318`);
    expect(printed).toContain('--max-event-size');
  });
});
