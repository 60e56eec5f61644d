import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { EXIT_MEANINGS } from '../../../src/cli/manual/pages.js';
import { referencePages } from '../../../src/cli/manual/reference.js';
import { createProgram } from '../../../src/cli/program.js';
import { SETTING_KEYS } from '../../../src/cli/config/settings.js';
import { EXIT } from '../../../src/core/errors.js';

const reference = fileURLToPath(new URL('../../../docs/reference/', import.meta.url));
const program = createProgram(() => Promise.reject(new Error('no command runs here')));
const pages = referencePages(program);

describe('the generated pages of docs/reference', () => {
  test.each([...pages])('%s is not stale (if it is: npm run docs)', async (name, text) => {
    const config = await resolveConfig(reference + name);
    const formatted = await format(text, { ...config, parser: 'markdown' });

    expect(readFileSync(reference + name, 'utf8')).toBe(formatted);
  });

  test('cli.md has every command and every visible option once in its section', () => {
    const sections = pages
      .get('cli.md')!
      .split(/^## telemetry /m)
      .slice(1);

    expect(sections.map(section => section.split('\n')[0])).toEqual(
      program.manuals.map(({ command }) => command.name()),
    );
    for (const [index, { command }] of program.manuals.entries()) {
      for (const { flags } of command.createHelp().visibleOptions(command)) {
        expect(sections[index]!.split(`| \`${flags}\` |`)).toHaveLength(2);
      }
    }
  });

  test('configuration.md has every setting once', () => {
    for (const key of SETTING_KEYS) {
      expect(pages.get('configuration.md')!.split(`| \`${key}\` |`)).toHaveLength(2);
    }
  });

  test('exit-codes.md has every exit code', () => {
    const page = readFileSync(`${reference}exit-codes.md`, 'utf8');
    const kinds = Object.keys(EXIT_MEANINGS) as (keyof typeof EXIT_MEANINGS)[];

    for (const kind of kinds) expect(page).toContain(`| ${EXIT[kind]}`);
  });
});
