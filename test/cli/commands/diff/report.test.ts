import { expect, test } from 'vitest';
import { differenceText } from '../../../../src/cli/commands/diff/report.js';
import { findDifference, type Difference } from '../../../../src/consumers/diff/diff.js';
import { glyphsOf } from '../../../../src/render/charts/glyphs.js';
import { createFixture } from '../../../query/fixture.js';
import { shopEvents } from '../shop-events.js';

const plain = { color: false, isVerbose: false, isPlain: true, glyphs: glyphsOf('blocks') };

test('a difference at 80 and 160 columns, in ASCII and with what is left out', async () => {
  const session = await createFixture(...shopEvents()).open();
  const versus = { where: `severity = 'ERROR'`, versus: undefined, times: undefined };
  const found = await findDifference(session, versus);
  const text = (columns: number | undefined, more: object = {}): string =>
    differenceText(found, found.findings, { ...plain, columns, ...more });

  await expect(text(80)).toMatchFileSnapshot('difference-80.txt');
  await expect(text(160, { isVerbose: true })).toMatchFileSnapshot('difference-160.txt');
  await expect(text(80, { glyphs: glyphsOf('ascii') })).toMatchFileSnapshot('difference-ascii.txt');
  expect(text(80, { glyphs: glyphsOf('ascii') })).toMatch(/^[\x20-\x7e\n]*$/);
});

test('a difference counts the values of the same counts that it does not print', () => {
  const found: Difference = {
    ...{ matching: 10, others: 10, compared: 6, values: 12, leftOut: [], falseFindings: 0.001 },
    findings: [
      {
        ...{ attribute: 'a', value: '1', where: 'a = 1', matching: 10, others: 0, matchingShare: 1, othersShare: 0 },
        ...{ lift: null, g: 20, sameCounts: ['b = 1', 'c = 1', 'd = 1', 'e = 1', 'f = 1'] },
      },
    ],
  };
  const text = (more: object): string => differenceText(found, found.findings, { ...plain, columns: 80, ...more });

  expect(text({})).toContain('same counts: d = 1\n');
  expect(text({})).toMatch(/same counts: 2 more \(--verbose prints all\)\n$/);
  expect(text({ isVerbose: true })).toContain('same counts: f = 1\n');
});

test('sides without events, and sides that do not differ, have a sentence', async () => {
  const session = await createFixture(...shopEvents()).open();
  const text = async (where: string, versus?: string): Promise<string> => {
    const found = await findDifference(session, { where, versus, times: undefined });
    return differenceText(found, found.findings, { ...plain, columns: 80 });
  };

  expect(await text('false')).toContain('No event matches.');
  expect(await text('true')).toContain('There are no other events to compare with.');
  expect(await text('id < 4')).toContain('Too few matching events: at least 5 are needed.');
  expect(await text('hash(id) % 2 = 0', 'hash(id) % 2 = 1')).toContain('No attribute value sets');
});
