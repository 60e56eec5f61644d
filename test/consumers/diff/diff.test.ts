import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDifference } from '../../../src/consumers/diff/diff.js';
import { ask, createFixture, FIRST_RECEIVED } from '../../query/fixture.js';
import { propertyRuns } from '../../helpers/property-runs.js';

const versus = (where?: string, other?: string) => ({ where, versus: other, times: undefined });

/** 400 events, 100 of them failed: those of host h3, and slow ones. */
const requests = Array.from({ length: 400 }, (_, i) => ({
  status: i % 4 === 0 ? 'error' : 'ok',
  host: i % 4 === 0 && i % 5 > 0 ? 'h3' : `h${i % 3}`,
  http: { "o'clock": i % 4 === 0 },
  request_id: `id-${i}`,
  region: 'eu',
  size: i % 4 === 0 ? 5000 + i : (i * 37) % 1000,
  flag: i % 2 === 0,
  tags: ['a', i % 2],
  ...(i % 4 === 0 ? {} : { user: `u${i % 10}` }),
}));

describe('findDifference', () => {
  test('finds what sets the matching events apart, with shares, lift and condition', async () => {
    const session = await createFixture(...requests).open();
    const found = await findDifference(session, versus(`status = 'error'`));

    expect(found).toMatchObject({ matching: 100, others: 300, falseFindings: 0.001 });
    expect(found.findings[0]).toMatchObject({ matching: 100, others: 0, lift: null, matchingShare: 1, othersShare: 0 });
    const [{ where, sameCounts }] = found.findings as [(typeof found.findings)[0]];
    expect([where, ...sameCounts].sort()).toEqual([`"http.o'clock" = true`, '"size" > 999', '"user" is null']);
    expect(found.findings.find(({ attribute }) => attribute === 'host')).toMatchObject({
      value: 'h3',
      matching: 80,
      others: 0,
      where: `"host" = 'h3'`,
    });
  });

  test('leaves out what the condition names, ids and constants, and says why', async () => {
    const session = await createFixture(...requests).open();
    const { leftOut } = await findDifference(session, versus(`status = 'error'`));
    const reasons = Object.fromEntries(leftOut.map(({ attribute, reason }) => [attribute, reason]));
    expect(reasons).toMatchObject({ status: 'condition', request_id: 'unique', region: 'constant', message: 'empty' });
  });

  test('leaves out the keys of a core column that the condition names', async () => {
    const session = await createFixture({ level: 'error', msg: 'a' }, { level: 'info', msg: 'a' }).open();
    const { leftOut } = await findDifference(session, versus(`severity = 'ERROR'`));
    expect(leftOut.filter(({ reason }) => reason === 'condition').map(({ attribute }) => attribute)).toEqual([
      'severity',
      'level',
    ]);
  });

  test('compares with the events of another condition, without those that match', async () => {
    const session = await createFixture(...requests).open();
    expect(await findDifference(session, versus(`status = 'error'`, `host = 'h3' or host = 'h1'`))).toMatchObject({
      matching: 100,
      others: 100,
    });
    expect(await findDifference(session, versus(`status = 'none'`))).toMatchObject({ matching: 0, findings: [] });
  });

  test('compares with the same events of another time', async () => {
    const session = await createFixture(...requests).open();
    const middle = FIRST_RECEIVED + 200_000_000;
    const times = { matching: { since: middle, until: undefined }, others: { since: undefined, until: middle } };
    const found = await findDifference(session, { where: `status = 'ok'`, versus: undefined, times });
    expect(found).toMatchObject({ matching: 150, others: 150, findings: [] });
  });

  test('reports a mistake in a condition', async () => {
    const session = await createFixture(...requests).open();
    await expect(findDifference(session, versus('status ='))).rejects.toMatchObject({ kind: 'sql' });
    await expect(findDifference(session, versus(`status = 'ok'`, '1 +'))).rejects.toThrow('--versus');
    await expect(findDifference(session, versus('statsu = 1'))).rejects.toMatchObject({
      kind: 'sql',
      message: '--where: no event has "statsu"',
    });
  });

  test('counts the same events as its conditions select', async () => {
    const value = fc.oneof(
      fc.constantFrom('a', "it's", '"x"', '', 'null', 'ü\n', 0.1, -3, 1e21, 2 ** 40, true, null, [1, 'a'], { b: "o'" }),
      fc.integer({ min: -200, max: 200 }),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1, max: 1 }),
    );
    const event = fc.record({
      k: value,
      'a"b': value,
      n: fc.integer({ min: 0, max: 300 }),
      d: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const run = fc.asyncProperty(fc.array(event, { minLength: 60, maxLength: 200 }), async events => {
      const sent = events.map((one, i) => ({
        ...one,
        side: i < events.length / 3,
        z: i < events.length / 3 ? one.k : 1,
      }));
      const session = await createFixture(...sent).open();
      const { findings, matching, others } = await findDifference(session, versus('side'));
      for (const finding of findings) {
        for (const where of [finding.where, ...finding.sameCounts]) {
          const [row] = await ask(
            session,
            `select count(*) filter (side and (${where})), count(*) filter (not side and (${where})) from events`,
          );
          expect([where, ...row!.map(Number)]).toEqual([where, finding.matching, finding.others]);
        }
        expect(finding.matchingShare).toBe(finding.matching / matching);
        expect(finding.othersShare).toBe(finding.others / others);
      }
      session.close();
    });
    await fc.assert(run, { numRuns: propertyRuns(5) });
  });
});
