import type { Facet, Facets, FacetValue } from '../../../consumers/diff/facets.js';
import { formatBar } from '../../../render/charts/bar.js';
import type { Glyphs } from '../../../render/charts/glyphs.js';
import { formatQuantity, unitOf } from '../../../render/charts/quantity.js';
import { chalkFor } from '../../../render/chalk.js';
import { visible } from '../../../render/visible.js';
import { padEnd, padStart, widthOf } from '../../../render/width.js';
import { counted } from '../../shared/count.js';
import { fitText } from '../../shared/fit-text.js';
import { leftOutLines } from '../../shared/left-out-text.js';
import { percentText } from '../../shared/percent.js';

/** The look of a report. */
export interface FacetsStyle {
  /** The width of the terminal in cells; undefined for {@link USUAL_COLUMNS}. */
  readonly columns: number | undefined;
  readonly color: boolean;
  readonly glyphs: Glyphs;
  /** True to list the attributes that are left out. */
  readonly isVerbose: boolean;
}

/** The width of the report without a terminal. */
const USUAL_COLUMNS = 80;

const SHARE_WIDTH = 6;
const MIN_BAR_WIDTH = 10;
const MAX_BAR_WIDTH = 40;

/** Cells of the longest value that is shown whole, where there is room for a bar next to it. */
const MAX_VALUE_WIDTH = 60;

/** A value or a range, as people read it. */
export function valueText({ value, above, upTo }: FacetValue, unit = ''): string {
  if (value !== undefined) return value;
  const text = (number: number): string => (unit === '' ? String(number) : formatQuantity(number, unit));
  if (above === undefined || above === null) return `<= ${text(upTo ?? 0)}`;
  return upTo === undefined || upTo === null ? `> ${text(above)}` : `> ${text(above)} <= ${text(upTo)}`;
}

/** Facets for a person: a block for each attribute. */
export function facetsText({ events, facets, leftOut }: Facets, style: FacetsStyle): string {
  const left = leftOut.filter(({ reason }) => reason !== 'empty').length;
  return [
    `${counted(events, 'event')}, ${counted(facets.length, 'attribute')}${left === 0 ? '' : `, ${left.toLocaleString('en-US')} left out`}`,
    ...facets.flatMap(facet => ['', ...facetLines(facet, events, style)]),
    ...(style.isVerbose ? leftOutLines(leftOut, style) : []),
    '',
  ].join('\n');
}

interface Line {
  readonly text: string;
  readonly events: number;
  readonly isRest: boolean;
}

function facetLines(facet: Facet, all: number, { columns = USUAL_COLUMNS, color, glyphs }: FacetsStyle): string[] {
  const chalk = chalkFor(color);
  const unit = unitOf(facet.attribute);
  const lines: Line[] = [
    ...facet.values.map(value => ({ text: valueText(value, unit), events: value.events, isRest: false })),
    ...(facet.rest === 0 ? [] : [{ text: '(other values)', events: facet.rest, isRest: true }]),
    ...(facet.missing === 0 ? [] : [{ text: '(no value)', events: facet.missing, isRest: true }]),
  ];
  const countWidth = Math.max(...lines.map(({ events }) => events.toLocaleString('en-US').length));
  const fixed = 2 + 2 + 1 + SHARE_WIDTH + 2 + countWidth;
  const widest = Math.max(...lines.map(({ text }) => widthOf(visible(text))));
  const valueWidth = Math.max(1, Math.min(widest, MAX_VALUE_WIDTH, columns - fixed - MIN_BAR_WIDTH));
  const barWidth = Math.max(1, Math.min(MAX_BAR_WIDTH, columns - fixed - valueWidth));
  const distinct = facet.values.some(({ value }) => value === undefined)
    ? 'ranges of numbers'
    : counted(facet.distinct, 'value');
  const name = [facet.attribute, ...facet.sameValues].join(', ');
  return [
    `${chalk.bold(fitText(name, columns - distinct.length - 2, glyphs))}  ${chalk.dim(distinct)}`,
    ...lines.map(({ text, events, isRest }) => {
      const label = padEnd(fitText(text, valueWidth, glyphs), valueWidth);
      const bar = formatBar(events / all, barWidth, glyphs);
      const share = padStart(percentText(events / all), SHARE_WIDTH);
      const count = padStart(events.toLocaleString('en-US'), countWidth);
      return `  ${isRest ? chalk.dim(label) : label}  ${isRest ? chalk.dim(bar) : chalk.cyan(bar)} ${share}  ${count}`;
    }),
  ];
}
