import { describe, expect, test } from 'vitest';
import { drawnTrace, type DrawOptions } from '../../../../src/cli/commands/trace/drawn.js';
import { readTrace } from '../../../../src/consumers/traces/read-trace.js';
import { analyzeTrace } from '../../../../src/consumers/traces/trace.js';
import { glyphsOf, type GlyphStyle } from '../../../../src/render/charts/glyphs.js';
import { drawTrace } from '../../../../src/render/traces/waterfall.js';
import { widthOf } from '../../../../src/render/width.js';
import { createFixture, type Sent } from '../../../query/fixture.js';
import { CHECKOUT, CHECKOUT_ID } from './checkout.js';

const OPTIONS: DrawOptions = { folds: true, showsLogs: true, onlyMatches: false, timezone: 'UTC' };

interface Style {
  readonly columns: number;
  readonly color?: boolean;
  readonly glyphs?: GlyphStyle;
}

/** The drawing of a trace that is read from a store. */
async function drawn(
  events: readonly Sent[],
  id: string,
  { columns, color = false, glyphs = 'blocks' }: Style,
  options: Partial<DrawOptions> = {},
): Promise<string> {
  const session = await createFixture(...events).open();
  const trace = analyzeTrace(await readTrace(session, id));
  const lines = drawTrace(drawnTrace(trace, { ...OPTIONS, ...options }), { columns, color, glyphs: glyphsOf(glyphs) });
  return `${[...lines].join('\n')}\n`;
}

describe('the drawing of a trace', () => {
  // Look at each: vitest -u writes them.
  test.each([
    ['80.txt', { columns: 80 }],
    ['160.txt', { columns: 160 }],
    ['80-ascii.txt', { columns: 80, glyphs: 'ascii' as const }],
    ['40.txt', { columns: 40 }],
    ['80-color.txt', { columns: 80, color: true }],
  ])('is as reviewed in %s', async (file, style) => {
    await expect(await drawn(CHECKOUT, CHECKOUT_ID, style)).toMatchFileSnapshot(`snapshots/${file}`);
  });

  test('is as reviewed without folding and without short spans', async () => {
    const text = await drawn(CHECKOUT, CHECKOUT_ID, { columns: 80 }, { folds: false, hideBelow: { share: 0.02 } });

    await expect(text).toMatchFileSnapshot('snapshots/80-hidden.txt');
  });

  test.each([40, 80, 160])('fits %i columns', async columns => {
    const wide = CHECKOUT.map(event => ({ ...event, service: '支付服务'.repeat(20) }));
    const lines = (await drawn(wide, CHECKOUT_ID, { columns })).split('\n');

    for (const line of lines.slice(4, 20)) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  });

  test('of deep spans has their depth as a number', async () => {
    const deep = Array.from({ length: 60 }, (_, i) => ({
      name: `level ${i}`,
      trace_id: 'deep',
      span_id: `s${i}`,
      ...(i > 0 && { parent_span_id: `s${i - 1}` }),
      start_time: '2026-11-28T09:00:00Z',
      duration_ms: 100 - i,
    }));
    const text = await drawn(deep, 'deep', { columns: 80 });

    expect(text).toContain('59: level 59');
    expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(80);
  });

  test('of spans without a length, and of logs alone, is drawn', async () => {
    const point = { name: 'point', trace_id: 'p', span_id: '1', start_time: '2026-11-28T09:00:00Z', duration_ms: 0 };
    const line = { level: 'info', msg: 'alone', trace_id: 'l', time: '2026-11-28T09:00:00Z' };

    expect(await drawn([point], 'p', { columns: 80 })).toContain('point');
    expect(await drawn([line], 'l', { columns: 80 })).toContain('INFO alone');
  });

  test('of a log before the first span has the time with its sign', async () => {
    const span = { name: 'job', trace_id: 'q', span_id: '1', start_time: '2026-11-28T09:00:15Z', duration_ms: 5 };
    const log = (time: string) => ({
      level: 'info',
      msg: `at ${time}`,
      trace_id: 'q',
      time: `2026-11-28T09:00:${time}Z`,
    });

    const text = await drawn([span, log('00'), log('15'), log('20')], 'q', { columns: 80 });

    for (const line of ['-15s INFO at 00', '+0ms INFO at 15', '+5s INFO at 20']) expect(text).toContain(` ${line}`);
  });
});
