import { describe, expect, test } from 'vitest';
import { patternsText } from '../../../../src/cli/commands/patterns/report.js';
import { findPatterns, type Patterns } from '../../../../src/consumers/patterns/find.js';
import { glyphsOf } from '../../../../src/render/charts/glyphs.js';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { createFixture } from '../../../query/fixture.js';
import { shopEvents } from '../shop-events.js';

const hostile = {
  msg: "it's \u001b[31mred\u202e in a (very) long line of text that no terminal of eighty columns shows whole",
};

describe('telemetry patterns', () => {
  test('patterns at 80 and 160 columns, and in ASCII', async () => {
    const session = await createFixture(...shopEvents(), hostile, { n: 1 }).open();
    const found = await findPatterns(session);
    const text = (columns: number, style: 'blocks' | 'ascii', count = 10): string =>
      patternsText(found, found.patterns.slice(0, count), { columns, color: false, glyphs: glyphsOf(style) });

    await expect(text(80, 'blocks')).toMatchFileSnapshot('patterns-80.txt');
    await expect(text(160, 'blocks', 2)).toMatchFileSnapshot('patterns-160.txt');
    await expect(text(80, 'ascii')).toMatchFileSnapshot('patterns-ascii.txt');
  });

  test('prints JSON outside of a terminal, within bounds and a condition', async () => {
    const fixture = createFixture(...shopEvents());
    const run = (...args: string[]) =>
      commandInProcess(['patterns', ...args, '--store', fixture.dir], { cwd: fixture.dir });
    const all = JSON.parse((await run()).out) as Patterns;
    const some = await run('--since', '2026-11-22T11:00:00Z', '--where', `severity = 'ERROR'`, '--format', 'ndjson');

    expect(all.patterns.map(({ template }) => template)).toEqual([
      'request done in <num> ms',
      'payment <num> refused: gateway timeout after <num> ms',
      'user <*> logged in from <ip>',
    ]);
    expect(JSON.parse(some.out)).toMatchObject({ events: 64, share: 1, severity: 'ERROR' });
    expect((await run('-n', '1', '--format', 'csv')).out.split('\n')[0]).toBe(
      'events,share,severity,template,example,where',
    );
    expect(await run('--where', 'x +')).toMatchObject({ code: 4, out: '' });
    expect(await run('--limit', 'x')).toMatchObject({ code: 2, out: '' });
  });
});
