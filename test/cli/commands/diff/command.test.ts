import { describe, expect, test } from 'vitest';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { ask, createFixture } from '../../../query/fixture.js';
import { shopEvents } from '../shop-events.js';

function shop() {
  const fixture = createFixture(...shopEvents());
  const run = (...args: string[]) => commandInProcess([...args, '--store', fixture.dir], { cwd: fixture.dir });
  return { fixture, run };
}

describe('telemetry diff', () => {
  test('prints JSON outside of a terminal, with conditions that select the same events', async () => {
    const { fixture, run } = shop();
    const { code, out, err } = await run('diff', '--where', `severity = 'ERROR'`);
    const found = JSON.parse(out) as { matching: number; findings: { where: string; matching: number }[] };

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(found).toMatchObject({ matching: 128, others: 352, falseFindings: 0.001 });
    const session = await fixture.open();
    for (const { where, matching } of found.findings) {
      const [row] = await ask(session, `select count(*) from events where severity = 'ERROR' and (${where})`);
      expect(row).toEqual([String(matching)]);
    }
  });

  test('prints a line for each finding as NDJSON and CSV', async () => {
    const { run } = shop();
    const lines = (await run('diff', '--where', `severity = 'ERROR'`, '--limit', '2', '--format', 'ndjson')).out;
    const csv = (await run('diff', '--where', `severity = 'ERROR'`, '-n', '1', '--format', 'csv')).out;

    expect(lines.trimEnd().split('\n')).toHaveLength(2);
    expect(csv.split('\n')[0]).toBe('attribute,matching,others,matchingShare,othersShare,lift,g,where');
  });

  test('compares a time with another, in either order', async () => {
    const { run } = shop();
    const both = ['2026-11-22T10:00:00Z..2026-11-22T11:00:00Z', '2026-11-22T11:00:00Z..2026-11-22T10:00:00Z'];
    for (const span of both) {
      const { out } = await run('diff', '--versus-time', span);
      expect(JSON.parse(out)).toMatchObject({ matching: 240, others: 240, findings: [] });
    }
    const bounded = await run('diff', '--versus-time', both[0]!, '--since', '2026-11-22T11:30:00Z');
    expect(JSON.parse(bounded.out)).toMatchObject({ matching: 120, others: 240 });
  });

  test.each([
    [[], 2, 'needs the events to explain'],
    [['--where', 'true', '--versus', 'a', '--versus-time', '2h..1h'], 2, 'both name the events'],
    [['--versus-time', '2h'], 2, 'is not a span of time'],
    [['--versus-time', '2h..2h'], 2, 'is empty'],
    [['--where', 'sevrity ='], 4, '--where'],
    [['--where', 'true', '--versus', '1 +'], 4, '--versus'],
  ])('refuses %j with %i', async (args, code, message) => {
    const { run } = shop();
    expect(await run('diff', ...args)).toMatchObject({
      code,
      out: '',
      err: expect.stringContaining(message) as string,
    });
  });
});
