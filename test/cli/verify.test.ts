import { cpSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onArchive, seal } from '../helpers/archive.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { openTestJournal } from '../helpers/journal.js';
import { makeDirectory, temporaryStore } from '../helpers/store.js';
import { telemetry } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const original = makeDirectory();
let files: readonly string[];

/** Three segments of 3000 events each, and three events in the journal. */
beforeAll(async () => {
  const journal = openTestJournal(original);
  for (let batch = 0; batch < 3; batch++) {
    journal.append(
      Array.from({ length: 3000 }, (_, i) => ({ type: 'log', n: 3000 * batch + i, text: `${i * 7919 * batch}` })),
    );
    await seal(original);
  }
  journal.append([{ n: 9000 }, { n: 9001 }, { n: 9002 }]);
  journal.close();
  const segments = await onArchive(original, ({ catalog }) => Promise.resolve(catalog.segments()));
  files = segments.map(({ file }) => file);
});
afterAll(() => removeDirectory(original));

/** A copy of that store, to be damaged. */
function sealedStore(): { store: string; files: readonly string[] } {
  const store = temporaryStore();
  cpSync(original, store, { recursive: true });
  return { store, files };
}

const run = (store: string, ...args: string[]) => commandInProcess([...args, '--store', store], { cwd: store });
const runProcess = (store: string, ...args: string[]) => telemetry([...args, '--store', store], { cwd: store });

interface Verified {
  events: number;
  findings: { file: string; problem: string; repaired?: string }[];
}
const verified = (out: string): Verified => JSON.parse(out) as Verified;

function flip(path: string, share: number, count = 40): void {
  const bytes = readFileSync(path);
  for (let i = 0; i < count; i++) bytes[Math.floor(bytes.length * share) + i]! ^= 0xff;
  writeFileSync(path, bytes);
}

describe('a sound store', () => {
  test('with leftovers of a crash gets a note, and exits with 0', async () => {
    const { store } = sealedStore();
    writeFileSync(join(store, 'archive', 'stray.parquet'), 'half a file');

    const { code, out, err } = await run(store, 'verify', '--deep');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(verified(out).findings).toEqual([
      { file: join('archive', 'stray.parquet'), problem: expect.stringContaining('crash') as string, leftover: true },
    ]);
    const table = await run(store, 'verify', '--format', 'table');
    expect(table.code).toBe(0);
    expect(table.out).toMatch(/verified 3 segments .* 9,003 events: no damage found; 1 leftover of a crash\n$/);
  });

  test('finds nothing in intact segments and journal rows, and exits with 0', async () => {
    const { store } = sealedStore();

    for (const args of [[], ['--deep']]) {
      const { code, out, err } = await runProcess(store, 'verify', ...args);
      expect(err).toBe('');
      expect(code).toBe(0);
      expect(verified(out)).toMatchObject({ segments: 3, events: 9003, complete: true, findings: [] });
    }
    expect((await run(store, 'verify', '--format', 'table')).out).toMatch(
      /^verified 3 segments .* 9,003 events: no damage found\n$/,
    );
  });
});

describe.each([
  ['missing', (path: string) => rmSync(path), /missing/],
  ['cut short', (path: string) => truncateSync(path, 100), /100 bytes instead of/],
  ['changed at its end', (path: string) => flip(path, 0.99), /checksum/],
  ['changed in the middle', (path: string) => flip(path, 0.5), /checksum/],
])('a segment that is %s', (_, damage, problem) => {
  test('then queries, tail and prune go on without it and name it, and verify finds it', async () => {
    const { store, files } = sealedStore();
    damage(join(store, files[1]!));

    const rows = await run(store, 'query', 'select n, payload from events order by id', '--format', 'ndjson');
    expect(rows.err).toContain(files[1]);
    expect(rows.code).toBe(0);
    const numbers = rows.out
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { n: number }).n);
    expect(numbers).toEqual([...Array(3000).keys(), ...Array.from({ length: 3003 }, (_, i) => 6000 + i)]);
    const streamed = await run(store, 'query', 'select payload from events', '--format', 'ndjson');
    expect(streamed.out.trim().split('\n')).toHaveLength(6003);
    const tailed = await run(store, 'tail', '--no-follow', '--from-id', '1', '--format', 'ndjson');
    expect(tailed.err).toContain(files[1]);
    expect(tailed.out.trim().split('\n')).toHaveLength(6003);
    const pruned = await run(store, 'prune', '--where', 'n < 10', '--yes');
    expect(pruned.err).toContain(files[1]);
    expect(pruned.code).toBe(0);
    expect((await run(store, 'query', 'select count(n) as c, min(n) as least from events')).out).toMatch(
      /"least":10\b/,
    );

    const found = await runProcess(store, 'verify');
    expect(found.code).toBe(1);
    expect(found.err).toContain('--repair');
    expect(verified(found.out).findings).toEqual([expect.objectContaining({ file: files[1] })]);
    expect(verified(found.out).findings[0]!.problem).toMatch(problem);
  });
});

describe.each([
  ['missing', (path: string) => rmSync(path)],
  ['changed by a byte', (path: string) => flip(path, 0.05, 1)],
])('a segment of several types that is %s', (_, damage) => {
  test('names the damaged segment, and prune --keep removes from the others only', async () => {
    const store = temporaryStore();
    const journal = openTestJournal(store);
    for (let batch = 0; batch < 3; batch++) {
      journal.append(Array.from({ length: 30 }, (__, n) => ({ type: n % 3 === 0 ? 'metric' : 'log', n, batch })));
      await seal(store);
    }
    journal.append([{ type: 'log', batch: 3 }]);
    journal.close();
    const files = (await onArchive(store, ({ catalog }) => Promise.resolve(catalog.segments()))).map(
      ({ file }) => file,
    );
    const path = join(store, files[1]!);
    const intact = readFileSync(path);
    damage(path);
    const counts = async (): Promise<string> =>
      (
        await run(
          store,
          'query',
          'select batch, type, count(*) as c from events group by all order by all',
          '--format',
          'csv',
        )
      ).out;

    const pruned = await runProcess(store, 'prune', '--keep', 'metric', '--yes');

    expect(pruned).toMatchObject({ code: 0, err: expect.stringContaining(files[1]!) as string });
    expect(pruned.err.split(files[1]!)).toHaveLength(2);
    expect(JSON.parse(pruned.out)).toMatchObject({
      done: { removed_events: 41, complete: true, damaged: [{ file: files[1], events: 30 }] },
    });
    writeFileSync(path, intact);
    expect(await counts()).toBe('batch,type,c\n0,metric,10\n1,log,20\n1,metric,10\n2,metric,10\n');
    expect((await run(store, 'prune', '--keep', 'metric', '--yes')).out).toContain('"damaged":[]');
    expect(await counts()).not.toContain('log');
  });
});

test('names a damaged segment, leaves it as it is, and merges the others', async () => {
  const { store, files } = sealedStore();
  flip(join(store, files[1]!), 0.05, 1);

  const compacted = await runProcess(store, 'compact');

  expect(compacted).toMatchObject({ code: 0, err: expect.stringContaining(files[1]!) as string });
  expect(JSON.parse(compacted.out)).toMatchObject({
    segments: { before: 3, after: 2 },
    damaged: [{ file: files[1], events: 3000 }],
  });
  expect(verified((await run(store, 'verify')).out).findings).toEqual([expect.objectContaining({ file: files[1] })]);
});

test.each(['ndjson', 'none'])(
  'given a damaged segment, then it is not converted to %s until it is set aside',
  async to => {
    const { store, files } = sealedStore();
    flip(join(store, files[1]!), 0.05, 1);

    const refused = await runProcess(store, 'archive', 'convert', '--to', to);
    expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining(files[1]!) as string });
    expect(refused.err).toContain('verify --repair');
    await run(store, 'verify', '--repair');
    expect((await run(store, 'archive', 'convert', '--to', to)).code).toBe(0);

    expect((await run(store, 'query', 'select count(*) as c from events')).out).toBe('{"c":6003}\n');
  },
);

describe('a repair', () => {
  test('quarantines a changed file, and restores an intact copy put there', async () => {
    const { store, files } = sealedStore();
    const path = join(store, files[1]!);
    const intact = readFileSync(path);
    flip(path, 0.5);

    const repaired = await runProcess(store, 'verify', '--repair');
    expect(repaired.code).toBe(1);
    const [finding] = verified(repaired.out).findings;
    expect(finding!.repaired).toMatch(/^set aside as archive\/damaged\//);
    const aside = join(store, 'archive/damaged');
    expect(readdirSync(aside)).toHaveLength(1);
    const query = await run(store, 'query', 'select count(*) as c from events');
    expect(query.out).toBe('{"c":6003}\n');
    expect(query.err).toContain(files[1]);

    const advice =
      'Put an intact copy of each file in its place, such as from a backup, and run telemetry verify --repair.';
    expect(repaired.err).toContain(advice);
    const again = await run(store, 'verify');
    expect(again).toMatchObject({ code: 1, err: `telemetry: verify found one problem\n${advice}\n` });
    expect(verified(again.out).findings).toEqual([{ file: files[1], problem: 'set aside as damaged', events: 3000 }]);

    await run(store, 'seal');
    expect(readdirSync(aside)).toHaveLength(1);
    writeFileSync(join(aside, readdirSync(aside)[0]!), intact);
    expect(verified((await run(store, 'verify', '--repair')).out).findings[0]!.repaired).toBe('taken back');
    expect((await run(store, 'verify', '--deep')).code).toBe(0);
    const whole = await run(store, 'query', 'select count(*) as c from events');
    expect(whole).toMatchObject({ out: '{"c":9003}\n', err: '' });
  });
});

describe('what only a deep look finds', () => {
  test('names both of two exchanged segments, and a stray file', async () => {
    const { store, files } = sealedStore();
    renameSync(join(store, files[0]!), join(store, 'x'));
    renameSync(join(store, files[1]!), join(store, files[0]!));
    renameSync(join(store, 'x'), join(store, files[1]!));
    writeFileSync(join(store, 'archive', 'stray.parquet'), 'mine');

    const { findings } = verified((await run(store, 'verify', '--deep')).out);
    expect(findings.map(({ file }) => file).sort()).toEqual(['archive/stray.parquet', files[0], files[1]].sort());
  });

  test("given a stored type that is not the payload's, then --deep says so", async () => {
    const { store, files } = sealedStore();
    await onArchive(store, async ({ engine, catalog }) => {
      const connection = await engine.connection();
      const path = join(store, files[0]!);
      await connection.run(
        `copy (select * replace ('metric' as "type") from '${path}') to '${path}.new' (format parquet)`,
      );
      renameSync(`${path}.new`, path);
      const { checksumOf } = await import('../../src/store/archive/files.js');
      const [old] = catalog.segments();
      const { id, ...rest } = old!;
      const changed = {
        ...rest,
        file: `${rest.file}.2`,
        bytes: readFileSync(path).length,
        checksum: await checksumOf(path),
      };
      renameSync(path, join(store, changed.file));
      catalog.change({ add: [changed], drop: [id] });
    });

    expect((await run(store, 'verify')).code).toBe(0);
    const deep = await runProcess(store, 'verify', '--deep');
    expect(deep.code).toBe(1);
    expect(verified(deep.out).findings[0]!.problem).toBe('3000 events whose type is not what their payload says');
  });
});
