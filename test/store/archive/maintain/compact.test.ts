import { expect, test } from 'vitest';
import { MAX_SEGMENT_EVENTS, planCompactions } from '../../../../src/store/archive/maintain/compact.js';
import { SEGMENT_FORMAT, type Segment } from '../../../../src/store/catalog/segments.js';

const DAY = '2026-11-24';

function segment(id: number, type: string | null, events: number, tier = 0): Segment {
  return {
    ...{
      id,
      type,
      tier,
      events,
      kind: 'parquet',
      format: SEGMENT_FORMAT,
      file: `archive/${id}`,
      day: DAY,
      firstId: id,
      lastId: id,
      bytes: 17 * events,
    },
    ...{ checksum: '', receivedFrom: 0, receivedTo: 0, timeFrom: null, timeTo: null },
    ...{ types: { [type ?? 'log']: { events, bytes: 300 * events } }, columns: {}, shapes: [] },
  };
}

/** Adds segments one by one and does what is due after each, as maintenance does; tells how often events were written again. */
function keep(added: readonly Segment[], isOver = false): { segments: Segment[]; rewritten: number } {
  let segments: Segment[] = [];
  let rewritten = 0;
  let id = 1_000_000;
  const tidy = (over: boolean): void => {
    for (let next; (next = planCompactions(segments, () => over)[0]);) {
      const merged = next.segments;
      const events = merged.reduce((sum, one) => sum + one.events, 0);
      rewritten += events;
      const tier = Math.max(...merged.map(one => one.tier)) + 1;
      segments = segments.filter(one => !merged.includes(one));
      segments.push({ ...segment(id++, merged[0]!.type, events, tier), firstId: merged[0]!.firstId });
      segments.sort((a, b) => a.firstId - b.firstId);
    }
  };
  for (const one of added) {
    segments.push(one);
    tidy(false);
  }
  if (isOver) tidy(true);
  return { segments, rewritten };
}

test('keeps files few with a small segment every minute, and leaves one a day', () => {
  const trickle = Array.from({ length: 1440 }, (_, i) => segment(i + 1, null, 60));

  expect(keep(trickle).segments.length).toBeLessThanOrEqual(30);
  expect(keep(trickle, true).segments).toHaveLength(1);
});

test('makes tens of files of 100M events, each rewritten a few times', () => {
  const all = Array.from({ length: 1000 }, (_, i) => [
    segment(4 * i + 1, 'event', 55_000),
    segment(4 * i + 2, 'log', 20_000),
    segment(4 * i + 3, 'trace', 15_000),
    segment(4 * i + 4, 'metric', 10_000),
  ]).flat();
  const kept = keep(all, true);

  expect(kept.segments.length).toBeLessThanOrEqual(50);
  expect(keep(all).segments.length).toBeLessThanOrEqual(99);
  expect(kept.segments.every(({ events }) => events <= MAX_SEGMENT_EVENTS)).toBe(true);
  expect(kept.segments.reduce((sum, { events }) => sum + events, 0)).toBe(100_000_000);
  expect(kept.rewritten / 100_000_000).toBeLessThan(6);
});
