import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { telemetry } from '../cli/command.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { makeDirectory } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const MARK = '\ufeff';

/** Texts that some layer might take for one another. */
const ALIKE = [
  'x',
  `${MARK}x`,
  `${MARK}${MARK}x`,
  `x${MARK}`,
  MARK,
  'X',
  'x ',
  ' x',
  'x\t',
  'x\n',
  'x\0',
  'x\0y',
  '\0x',
  '\u00e9',
  'e\u0301',
  'fi',
  '\ufb01',
  'ss',
  '\u00df',
  'SS',
  'x\u00a0',
  '\u200bx',
  'x\u00ad',
  '__proto__',
  'constructor',
  "x'",
  'x"',
  'x,y',
  'x=y',
  '*x',
  'null',
  'NULL',
  '1',
  '1.0',
  '\u0130',
  'i',
  '\u0131',
  'I',
  '\u212b',
  '\u00c5',
  'A\u030a',
  '\ud83d\ude00',
];

const DAY_MS = 86_400_000;

/** A store with a different number of events of each type, each of which has the same text in a column. */
async function storeOf(sealed: 'all' | 'half' | 'none') {
  const cwd = makeDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const store = join(cwd, 'store');
  const run = (...args: string[]) => commandInProcess([...args, '--store', store], { cwd });
  // The bytes of a process's arguments and output are the same wherever the events lie.
  const runProcess = (...args: string[]) =>
    sealed === 'half' ? telemetry([...args, '--store', store], { cwd }) : run(...args);
  const counts = new Map(ALIKE.map((type, i) => [type, 1 + (i % 4)]));
  const lines = ALIKE.flatMap(type =>
    Array.from({ length: counts.get(type)! }, () =>
      JSON.stringify({ type, same: type, time: Date.now() - 3 * DAY_MS }),
    ),
  );
  const parts =
    sealed === 'half' ? [lines.filter((_, i) => i % 2 === 0), lines.filter((_, i) => i % 2 === 1)] : [lines];
  for (const [i, part] of parts.entries()) {
    const file = join(cwd, `${i}.ndjson`);
    writeFileSync(file, part.join('\n'));
    expect(await run('ingest', file)).toMatchObject({ code: 0 });
    if (sealed !== 'none' && i === 0) expect(await run('seal')).toMatchObject({ code: 0 });
  }
  return { run, runProcess, counts };
}

type Run = Awaited<ReturnType<typeof storeOf>>['run'];

async function grouped(run: Run, column: string): Promise<Map<string, number>> {
  const { out } = await run(
    'query',
    `select ${column} as t, count(*) as n from events group by all`,
    '--format',
    'ndjson',
  );
  return new Map(
    out
      .trimEnd()
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as { t: string; n: number })
      .map(({ t, n }) => [t, n]),
  );
}

describe.each(['none', 'half', 'all'] as const)('texts that are alike, sealed: %s', sealed => {
  test('are kept apart by query, stats and every output', async () => {
    const { run, runProcess, counts } = await storeOf(sealed);

    expect(await grouped(runProcess, 'type')).toEqual(counts);
    expect(await grouped(run, 'same')).toEqual(counts);
    const stats = JSON.parse((await runProcess('stats', '--format', 'json')).out) as {
      types: { type: string; events: number }[];
    };
    expect(new Map(stats.types.map(({ type, events }) => [type, events]))).toEqual(counts);
    // What prints them does not know where they come from.
    const formats = sealed === 'half' ? ['csv', 'tsv', 'json', 'ndjson', 'table', 'line', 'markdown'] : ['ndjson'];
    for (const format of formats) {
      const { out } = await run(
        'query',
        `select distinct '[' || type || ']' as a, type from events where strlen(type) < 8`,
        '--format',
        format,
      );
      expect({ format, marks: out.split(MARK).length - 1 }).toEqual({ format, marks: 10 });
    }
  });

  test('are removed by a policy and a prune only where they are named', async () => {
    const { run, runProcess, counts } = await storeOf(sealed);
    const left = new Map(counts);
    const named = [`${MARK}x`, 'x ', 'e\u0301', 'x,y'];
    for (const type of named) {
      const item = `"${type.replaceAll('"', '""')}"`;
      expect(await run('retention', 'set', `${item}=1d`, '--by', 'time', '--replace')).toMatchObject({ code: 0 });
      const { code, out } = await run('retention', 'run', '--format', 'json');
      expect({ type, code }).toEqual({ type, code: 0 });
      const { plan, done } = JSON.parse(out) as {
        plan: { removed: { events: number } };
        done: { removed_events: number };
      };
      expect({ type, planned: plan.removed.events, removed: done.removed_events }).toEqual({
        type,
        planned: counts.get(type),
        removed: counts.get(type),
      });
      left.delete(type);
      expect(await grouped(run, 'type')).toEqual(left);
    }
    const kept = ['X', `x${MARK}`, 'x"', '\u00e9'];
    expect(
      await runProcess('prune', '--keep', kept.map(type => `"${type.replaceAll('"', '""')}"`).join(','), '--yes'),
    ).toMatchObject({ code: 0 });
    expect([...(await grouped(run, 'type')).keys()].sort()).toEqual([...kept].sort());
  });
});
