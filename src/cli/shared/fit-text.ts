import type { Glyphs } from '../../render/charts/glyphs.js';
import { visible } from '../../render/visible.js';
import { cut } from '../../render/width.js';

/** A value as text for a terminal, in at most `width` cells. */
export function fitText(text: string, width: number, { ellipsis }: Glyphs): string {
  const whole = visible(text);
  if (width === Infinity) return whole;
  const short = cut(whole, width);
  return short === whole ? whole : short.replace(/…$/, ellipsis);
}
