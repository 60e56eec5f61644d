import { BRAILLE_COLUMNS, BRAILLE_ROWS, brailleDot, brailleOf, type Glyphs } from './glyphs.js';

/**
 * Draws values as one line of small columns: one a cell, two with braille. More values than fit are joined, each group
 * by its highest value, so that a peak stays. The scale begins at 0, or at the lowest value if that is negative. Zero is
 * the lowest step, anything above it at least the second; a missing value is a space.
 * @param values in order; null and NaN are missing.
 * @returns at most `width` cells, fewer when there are fewer values.
 */
export function formatSparkline(values: readonly (number | null)[], width: number, glyphs: Glyphs): string {
  const isBraille = glyphs.style === 'braille';
  const columns = joinedBy(values.map(known), isBraille ? width * BRAILLE_COLUMNS : width);
  const present = columns.filter(value => value !== null);
  const low = Math.min(0, ...present);
  const high = Math.max(...present, low);
  const steps = isBraille ? BRAILLE_ROWS : glyphs.spark.length;
  const levels = columns.map(value => (value === null ? null : levelOf(value, low, high, steps)));
  if (!isBraille) return levels.map(level => (level === null ? ' ' : glyphs.spark[level]!)).join('');
  let line = '';
  for (let at = 0; at < levels.length; at += BRAILLE_COLUMNS) {
    let bits = 0;
    for (let column = 0; column < BRAILLE_COLUMNS; column++) {
      for (let up = 0; up <= (levels[at + column] ?? -1); up++) bits |= brailleDot(BRAILLE_ROWS - 1 - up, column);
    }
    line += brailleOf(bits);
  }
  return line;
}

/** The step of a value, from 0. */
function levelOf(value: number, low: number, high: number, steps: number): number {
  if (value <= low) return 0;
  return Math.max(1, Math.min(steps - 1, Math.ceil(((value - low) / (high - low)) * (steps - 1))));
}

/** At most `count` values: the highest of each group of neighbours. */
function joinedBy(values: readonly (number | null)[], count: number): (number | null)[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count);
    const to = Math.floor(((i + 1) * values.length) / count);
    const group = values.slice(from, to).filter(value => value !== null);
    return group.length === 0 ? null : Math.max(...group);
  });
}

function known(value: number | null): number | null {
  return value === null || Number.isNaN(value) ? null : Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}
