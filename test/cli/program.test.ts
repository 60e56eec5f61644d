import { describe, expect, test } from 'vitest';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';

const { program, manuals } = createProgram(() => Promise.reject(new Error('no command runs here')));

/** What `--help` prints where there is no terminal. */
function help(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: part => (text += part) });
  command.outputHelp();
  return text;
}

describe.each([program, ...manuals.map(({ command }) => command)].map(command => [command.name(), command] as const))(
  'the help of %s',
  (_name, command) => {
    const text = help(command);

    test('has examples, and each is one of the command', () => {
      expect(text).toMatch(/\nExamples:\n {2}# .+\n {2}\S/);
      expect(text).toContain(command === program ? 'telemetry serve' : `telemetry ${command.name()}`);
    });

    test('fits 80 columns', () => {
      expect(text.split('\n').filter(line => line.length > 80)).toEqual([]);
    });

    test('describes every option', () => {
      for (const option of command.createHelp().visibleOptions(command)) expect(option.description).not.toBe('');
    });
  },
);

test('given the commands, then they are those of the product', () => {
  expect(manuals.map(({ command }) => command.name())).toEqual([
    'serve',
    'send',
    'run',
    'ingest',
    'watch',
    'host',
    'tail',
    'query',
    'assert',
    'view',
    'saved',
    'cube',
    'schema',
    'stats',
    'shell',
    'chart',
    'top',
    'trace',
    'diff',
    'facets',
    'patterns',
    'report',
    'alert',
    'remote',
    'forward',
    'prune',
    'retention',
    'seal',
    'compact',
    'verify',
    'backup',
    'export',
    'archive',
    'index',
    'token',
    'config',
    'completion',
    'demo',
  ]);
});

test('groups the commands, and keeps other names out of the lists', () => {
  const text = help(program);
  expect(text.match(/^\w.*:$/gm)).toEqual([
    'Options:',
    'Send events:',
    'Read events:',
    'Look at events:',
    'Watch events:',
    'Forward events:',
    'Keep the store:',
    'Set up:',
    'Examples:',
  ]);
  expect(text).not.toMatch(/^ {2}(logs|sql|import|status|delete)\b/m);
  expect(text.match(/logs \(tail\)/g)).toHaveLength(1);
});

describe('the flags of formats', () => {
  test.each([
    ['query', '--ndjson', 'ndjson'],
    ['query', '--table', 'table'],
    ['query', '--md', 'markdown'],
    ['stats', '--tsv', 'tsv'],
    ['tail', '--jsonl', 'ndjson'],
  ])('%s %s is --format %s', (name, flag, format) => {
    const { program } = createProgram(() => Promise.reject(new Error('no command runs here')), name);
    const [command] = program.commands;
    command!.parseOptions([flag]);
    expect(command!.opts()).toMatchObject({ format });
  });
});
