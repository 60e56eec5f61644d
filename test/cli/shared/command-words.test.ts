import { describe, expect, test } from 'vitest';
import { commandLine } from '../../../src/cli/shared/command-words.js';

describe('commandLine', () => {
  test.each<[string[], string[], string | undefined]>([
    [['tail', '-n', '3'], ['tail', '-n', '3'], 'tail'],
    [['logs'], ['tail', '--no-follow'], 'tail'],
    [['logs', '-f'], ['tail', '--no-follow', '-f'], 'tail'],
    [['sql', 'select 1'], ['query', 'select 1'], 'query'],
    [['--store', 'logs', 'status'], ['--store', 'logs', 'stats'], 'stats'],
    [['--store=x', 'import', 'sql'], ['--store=x', 'ingest', 'sql'], 'ingest'],
    [['help', 'delete'], ['help', 'prune'], undefined],
    [['version'], ['--version'], undefined],
    [['-V'], ['--version'], undefined],
    [['query', '-v'], ['query', '-v'], 'query'],
    [['query', '-- a\nselect 1'], ['query', ' -- a\nselect 1'], 'query'],
    [['constructor'], ['constructor'], 'constructor'],
    [['--store'], ['--store'], undefined],
    [[], [], undefined],
  ])('reads %j as %j', (given, args, command) => {
    expect(commandLine(given)).toEqual({ args, command });
  });
});
