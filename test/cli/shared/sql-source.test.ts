import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readSql } from '../../../src/cli/shared/sql-source.js';
import type { QueryOptions } from '../../../src/cli/commands/query/options.js';
import type { Context } from '../../../src/cli/shared/context.js';

const context = { streams: { stdin: new PassThrough(), stdinIsTerminal: true } } as unknown as Context;

test.each([
  ['json', 'did you mean --format json?'],
  ['JSONL', 'did you mean --format ndjson?'],
])('a missing file that is named like a format names --format: %s', async (name, remedy) => {
  const options = { sql: undefined, file: `/nowhere/${name}` } as QueryOptions;
  await expect(readSql(options, context)).rejects.toMatchObject({
    kind: 'failure',
    remedy: expect.stringContaining(remedy) as string,
  });
});

test('any other missing file does not name it', async () => {
  const options = { sql: undefined, file: '/nowhere/report.sql' } as QueryOptions;
  await expect(readSql(options, context)).rejects.toHaveProperty('remedy', 'Check its name and its path.');
});
