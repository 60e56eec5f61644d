import { MIN_MATCHING, type Difference, type Finding } from '../../../consumers/diff/diff.js';
import { formatBar } from '../../../render/charts/bar.js';
import type { Glyphs } from '../../../render/charts/glyphs.js';
import { chalkFor } from '../../../render/chalk.js';
import { visible } from '../../../render/visible.js';
import { padStart, widthOf } from '../../../render/width.js';
import { counted } from '../../shared/count.js';
import { fitText } from '../../shared/fit-text.js';
import { leftOutLines } from '../../shared/left-out-text.js';
import { percentText } from '../../shared/percent.js';

/** The look of a report. */
export interface DifferenceStyle {
  /** The width of the terminal in cells; undefined when nothing is cut. */
  readonly columns: number | undefined;
  readonly color: boolean;
  readonly glyphs: Glyphs;
  /** True to list all values of the same counts, and the attributes that are left out. */
  readonly isVerbose: boolean;
  /** True for a comparison with all other events. */
  readonly isPlain: boolean;
}

const BAR_WIDTH = 8;
const SHARE_WIDTH = 6;
const LIFT_WIDTH = 6;

/** The width of a line before its condition. */
const HEAD_WIDTH = 2 * (BAR_WIDTH + SHARE_WIDTH + 3) + LIFT_WIDTH + 2;

/** A difference for a person: a line for each finding. A condition that does not fit is repeated whole on the next line. */
export function differenceText(difference: Difference, shown: readonly Finding[], style: DifferenceStyle): string {
  const { matching, others, findings, compared, leftOut } = difference;
  const number = (count: number): string => count.toLocaleString('en-US');
  const { dim } = chalkFor(style.color);
  const columns = `${'matching'.padEnd(BAR_WIDTH + SHARE_WIDTH + 3)}${'others'.padEnd(BAR_WIDTH + SHARE_WIDTH + 3)}${padStart('lift', LIFT_WIDTH)}  value`;
  const hidden = findings.length - shown.length;
  const left = leftOut.filter(({ reason }) => reason !== 'empty').length;
  return [
    `${number(matching)} matching, ${counted(others, 'other event')}; ${counted(compared, 'attribute')} compared, ${number(left)} left out`,
    ...(shown.length === 0 ? [emptyNote(difference)] : ['', dim(columns)]),
    ...shown.flatMap(finding => findingLines(finding, style)),
    ...(hidden === 0 ? [] : [`${counted(hidden, 'more value')} (--limit 0 prints all)`]),
    ...(style.isPlain ? typeNote(shown) : []),
    ...(style.isVerbose ? leftOutLines(leftOut, style) : []),
    '',
  ].join('\n');
}

function emptyNote({ matching, others }: Difference): string {
  if (matching === 0) return 'No event matches.';
  if (others === 0) return 'There are no other events to compare with.';
  if (matching < MIN_MATCHING) return `Too few matching events: at least ${MIN_MATCHING} are needed.`;
  return 'No attribute value sets the matching events apart by more than chance explains.';
}

function findingLines(finding: Finding, { columns = Infinity, color, glyphs, isVerbose }: DifferenceStyle): string[] {
  const { matchingShare, othersShare, lift, where, sameCounts } = finding;
  const chalk = chalkFor(color);
  const side = (share: number, paint: (text: string) => string): string =>
    `${paint(formatBar(share, BAR_WIDTH, glyphs))} ${padStart(percentText(share), SHARE_WIDTH)}  `;
  const head =
    side(matchingShare, chalk.yellow) + side(othersShare, chalk.blue) + padStart(liftText(lift, glyphs), LIFT_WIDTH);
  const more = sameCounts.map(condition =>
    `${' '.repeat(HEAD_WIDTH)}${chalk.dim('same counts: ')}`.concat(visible(condition)),
  );
  const short = fitText(where, columns - HEAD_WIDTH, glyphs);
  const isCut = widthOf(visible(where)) > columns - HEAD_WIDTH;
  const rest = isVerbose ? 0 : Math.max(0, more.length - MAX_SAME);
  return [
    `${head}  ${chalk.bold(short)}`,
    ...(isCut ? [`  ${visible(where)}`] : []),
    ...more.slice(0, more.length - rest),
    ...(rest === 0
      ? []
      : [`${' '.repeat(HEAD_WIDTH)}${chalk.dim(`same counts: ${rest} more (--verbose prints all)`)}`]),
  ];
}

/** Values of the same counts that are printed for a finding without --verbose. */
const MAX_SAME = 3;

function liftText(lift: number | null, { times, style }: Glyphs): string {
  if (lift === null) return style === 'ascii' ? 'only' : '∞';
  return `${lift >= 100 ? Math.round(lift).toLocaleString('en-US') : lift.toPrecision(lift >= 10 ? 3 : 2)}${times}`;
}

/** A note for matching events of a single type: most findings then describe the type, not the cause. */
function typeNote(shown: readonly Finding[]): string[] {
  const conditions = shown
    .filter(({ matchingShare }) => matchingShare === 1)
    .flatMap(({ where, sameCounts }) => [where, ...sameCounts]);
  const type = conditions.map(where => /^"type" = ('.*')$/s.exec(where)?.[1]).find(found => found !== undefined);
  if (type === undefined) return [];
  return [
    '',
    `All matching events have the type ${visible(type)}; to compare with others of that type: --versus "type = ${visible(type)}"`,
  ];
}
