import { describe, expect, test } from 'vitest';
import { facetsText } from '../../../../src/cli/commands/facets/report.js';
import { findFacets, type Facets } from '../../../../src/consumers/diff/facets.js';
import { glyphsOf } from '../../../../src/render/charts/glyphs.js';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { ask, createFixture } from '../../../query/fixture.js';
import { shopEvents } from '../shop-events.js';

describe('telemetry facets', () => {
  test('facets at 80 and 160 columns, and in ASCII', async () => {
    const session = await createFixture(...shopEvents()).open();
    const found = await findFacets(session, { where: undefined, most: 4, only: undefined });
    const text = (columns: number, style: 'blocks' | 'ascii', isVerbose = false): string =>
      facetsText(found, { columns, color: false, glyphs: glyphsOf(style), isVerbose });

    await expect(text(80, 'blocks')).toMatchFileSnapshot('facets-80.txt');
    await expect(text(160, 'blocks', true)).toMatchFileSnapshot('facets-160.txt');
    await expect(text(80, 'ascii')).toMatchFileSnapshot('facets-ascii.txt');
  });

  test('prints JSON whose counts are those of the conditions, and add up', async () => {
    const fixture = createFixture(...shopEvents(), { msg: 'no level', host: 7 });
    const run = (...args: string[]) =>
      commandInProcess(['facets', ...args, '--store', fixture.dir], { cwd: fixture.dir });
    const session = await fixture.open();
    const found = JSON.parse((await run('-n', '3')).out) as Facets;

    expect(found.events).toBe(481);
    expect(found.facets.map(({ attribute }) => attribute)).toContain('customer.note');
    for (const { values, rest, missing } of found.facets) {
      expect(values.reduce((sum, { events }) => sum + events, rest + missing)).toBe(481);
      const counts = values.map(({ where }) => `count(*) filter (${where})`).join(', ');
      const [row] = await ask(session, `select ${counts} from events`);
      expect(row!.map(Number)).toEqual(values.map(({ events }) => events));
    }
  });

  test('shows the named attributes whatever their values are', async () => {
    const fixture = createFixture(...shopEvents());
    const run = (...args: string[]) =>
      commandInProcess(['facets', ...args, '--store', fixture.dir], { cwd: fixture.dir });
    const found = JSON.parse((await run('Service', 'request_id', '-n', '1')).out) as Facets;
    expect(found.facets).toMatchObject([
      { attribute: 'service', distinct: 1, values: [{ value: 'shop', events: 480 }] },
      { attribute: 'request_id', distinct: 480, rest: 479, missing: 0 },
    ]);
    expect((await run('service', '--where', `http.status > `)).code).toBe(4);
    expect(await run('srvice')).toMatchObject({ code: 2, err: expect.stringContaining('service') as string });
    expect((await run('service', '--format', 'csv')).out).toBe(
      `attribute,value,events,share,where\nservice,shop,480,1,"""service"" = 'shop'"\n`,
    );
  });
});
