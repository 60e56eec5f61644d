import type { Glyphs } from './glyphs.js';

/**
 * Draws a bar from the left, in steps of an eighth of a cell (a half in ASCII). A share above 0 shows at least one step,
 * and one below 1 is never full: nothing looks like nothing or all.
 * @param share of the width, 0 to 1; one outside is taken for the nearer end, NaN for 0.
 * @returns `width` cells, padded with spaces.
 */
export function formatBar(share: number, width: number, glyphs: Glyphs): string {
  const { fromLeft } = glyphs;
  const perCell = fromLeft.length - 1;
  const steps = stepsOf(share, width * perCell);
  const whole = Math.floor(steps / perCell);
  const part = steps % perCell;
  const drawn = fromLeft[perCell]!.repeat(whole) + (part > 0 ? fromLeft[part]! : '');
  return drawn + ' '.repeat(Math.max(0, width - whole - (part > 0 ? 1 : 0)));
}

/** The parts of a line with a bar in the middle, to be coloured apart. Together they have the width asked for. */
export interface RangeBar {
  /** The faint line before the bar. */
  readonly lead: string;
  /** At least one cell. */
  readonly bar: string;
  /** Spaces after it. */
  readonly rest: string;
}

/**
 * Draws a bar between two points, as of a span in a waterfall. Its end is exact to an eighth of a cell, its start to a
 * half: fonts have no other blocks that are filled from the right. It is always visible.
 * @param from its start as a share of the width, 0 to 1
 * @param to its end, not before the start
 * @param width at least 1 cell
 */
export function formatRange(from: number, to: number, width: number, glyphs: Glyphs): RangeBar {
  const perCell = glyphs.fromLeft.length - 1;
  const all = width * perCell;
  const start = Math.min(Math.round(within(from) * all), all - 1);
  const end = Math.max(start + 1, Math.round(within(to) * all));
  const cell = Math.floor(start / perCell);
  const lead = glyphs.lead.repeat(cell);
  if (end <= (cell + 1) * perCell) {
    const fills = end === (cell + 1) * perCell ? glyphs.fromRight : glyphs.fromLeft;
    return { lead, bar: fills[end - start]!, rest: ' '.repeat(width - cell - 1) };
  }
  const first = glyphs.fromRight[perCell - (start % perCell)]!;
  const whole = Math.floor(end / perCell) - cell - 1;
  const last = end % perCell === 0 ? '' : glyphs.fromLeft[end % perCell]!;
  const bar = first + glyphs.fromLeft[perCell]!.repeat(whole) + last;
  return { lead, bar, rest: ' '.repeat(width - cell - 1 - whole - (last === '' ? 0 : 1)) };
}

function stepsOf(share: number, all: number): number {
  const exact = within(share);
  const steps = Math.round(exact * all);
  if (exact > 0 && steps === 0) return Math.min(1, all);
  return exact < 1 && steps === all ? Math.max(all - 1, 0) : steps;
}

function within(share: number): number {
  return Number.isNaN(share) ? 0 : Math.min(1, Math.max(0, share));
}
