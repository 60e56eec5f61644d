import type { LeftOut } from '../../consumers/diff/measure.js';
import type { Glyphs } from '../../render/charts/glyphs.js';
import { visible } from '../../render/visible.js';
import { widthOf } from '../../render/width.js';
import { counted } from './count.js';
import { fitText } from './fit-text.js';

const REASONS: Readonly<Record<LeftOut['reason'], (left: LeftOut) => string>> = {
  condition: () => 'the condition names it',
  empty: () => 'no event has it',
  constant: () => 'all events have the same value',
  unique: ({ values = 0, events = 0 }) =>
    `about ${counted(Math.min(values, events), 'value')} in ${counted(events, 'event')}: an id`,
  'too many values': ({ values = 0 }) => `about ${counted(values, 'value')}: too many`,
};

/** The attributes that a report leaves out, and why. */
export function leftOutLines(
  leftOut: readonly LeftOut[],
  { columns = Infinity, glyphs }: { readonly columns: number | undefined; readonly glyphs: Glyphs },
): string[] {
  const told = leftOut.filter(({ reason }) => reason !== 'empty');
  const empty = leftOut.length - told.length;
  const width = Math.max(0, ...told.map(({ attribute }) => widthOf(visible(attribute))));
  return [
    '',
    'Left out:',
    ...told.map(left => {
      const name = visible(left.attribute);
      return fitText(`  ${name}${' '.repeat(width - widthOf(name))}  ${REASONS[left.reason](left)}`, columns, glyphs);
    }),
    ...(empty === 0 ? [] : [`  ${counted(empty, 'attribute')} that none of these events has`]),
  ];
}
