import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seal } from '../../../helpers/archive.js';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { openTestJournal } from '../../../helpers/journal.js';
import { removeDirectory } from '../../../helpers/remove-directory.js';
import { temporaryDirectory } from '../../../cli/command.js';
import { Sqlite } from '../../../../src/store/database/sqlite.js';

/** More than the least events that a segment has filters for, in each of its types. */
const EVENTS = 2600;

const traceId = (n: number): string => createHash('md5').update(`trace ${n}`).digest('hex');

/** Some of the events: filters that hide one event of a block hide most likely others too. */
const ASKED = Array.from({ length: 26 }, (_, i) => i * 100);

let cwd: string;
beforeEach(async () => {
  cwd = temporaryDirectory();
  const journal = openTestJournal(join(cwd, 'store'));
  try {
    for (let from = 0; from < EVENTS; from += EVENTS / 2) {
      journal.append(
        Array.from({ length: EVENTS / 2 }, (_, i) => {
          const n = from + i;
          return { type: n % 2 === 0 ? 'span' : 'log', trace_id: traceId(n), request_id: `r-${traceId(n + 1)}`, n };
        }),
      );
      await seal(join(cwd, 'store'));
    }
  } finally {
    journal.close();
  }
  // A merge makes filters, which the steps of the tests then make anew, keep or drop.
  expect(await run('compact')).toMatchObject({ code: 0 });
});
afterEach(() => removeDirectory(cwd));

const run = (...args: string[]) => commandInProcess([...args, '--store', 'store'], { cwd });

/** The number of segments with filters in a store. */
function filtered(store = 'store'): number {
  const db = new Sqlite(join(cwd, store, 'telemetry.db'), { readonly: true });
  try {
    return db.prepare<[], number>('select count(distinct segment) from segment_filters').pluck().get()!;
  } finally {
    db.close();
  }
}

/** The events found by one id each, of those that are asked for. */
async function found(store = 'store'): Promise<number[]> {
  const numbers: number[] = [];
  for (const n of ASKED) {
    const by = [`trace_id = '${traceId(n)}'`, `request_id = 'r-${traceId(n + 1)}'`];
    const answers = await Promise.all(
      by.map(condition =>
        commandInProcess(['query', '--store', store, '--format', 'tsv', `select n from events where ${condition}`], {
          cwd,
        }),
      ),
    );
    const [first, second] = answers.map(({ out }) => out.split('\n')[1]);
    expect(second).toBe(first);
    if (first !== undefined && first !== '') numbers.push(Number(first));
  }
  return numbers;
}

const conversions = (kind: string): string[][] => [kind, 'parquet'].map(to => ['archive', 'convert', '--to', to]);

test('segments with filters have all events that were sealed', async () => {
  expect(filtered()).toBeGreaterThan(0);
  expect(await found()).toEqual(ASKED);
});

test.each<[name: string, commands: string[][]]>([
  ['a prune that removes nothing', [['prune', '--where', 'n < 0', '--yes']]],
  ['verify --repair', [['verify', '--repair']]],
  ['a conversion to NDJSON and back', conversions('ndjson')],
  ['a conversion to DuckDB and back', conversions('duckdb')],
])('each event is found by its ids after %s', async (_, commands) => {
  for (const command of commands) expect(await run(...command)).toMatchObject({ code: 0 });

  expect(await found()).toEqual(ASKED);
  expect(await run('verify', '--deep')).toMatchObject({ code: 0 });
});

test('what prune leaves is found by its ids, and nothing else', async () => {
  const pruned = await run('prune', '--where', 'n % 200 = 0 or n < 500', '--yes');
  expect(pruned).toMatchObject({ code: 0 });

  expect(await found()).toEqual(ASKED.filter(n => n % 200 !== 0 && n >= 500));
  expect(filtered()).toBeGreaterThan(0);
});

test('a backup has filters, and finds each event by its ids', async () => {
  expect(await run('backup', 'copy', '--deep')).toMatchObject({ code: 0 });

  expect(filtered('copy')).toBe(filtered());
  expect(await found('copy')).toEqual(ASKED);
});
