import type { Pattern, Patterns } from '../../../consumers/patterns/find.js';
import type { Glyphs } from '../../../render/charts/glyphs.js';
import { formatSparkline } from '../../../render/charts/sparkline.js';
import { chalkFor } from '../../../render/chalk.js';
import { paintLevel } from '../../../render/level.js';
import { visible } from '../../../render/visible.js';
import { padStart } from '../../../render/width.js';
import { counted } from '../../shared/count.js';
import { fitText } from '../../shared/fit-text.js';
import { percentText } from '../../shared/percent.js';

/** The look of a report. */
export interface PatternsStyle {
  /** The width of the terminal in cells; undefined when nothing is cut. */
  readonly columns: number | undefined;
  readonly color: boolean;
  readonly glyphs: Glyphs;
}

const SPARKLINE_WIDTH = 20;
const SHARE_WIDTH = 6;

/** The patterns for a person: three lines each, of which the condition is never cut. */
export function patternsText(found: Patterns, shown: readonly Pattern[], style: PatternsStyle): string {
  const { events, withoutMessage, leftOver, patterns } = found;
  const messages = events - withoutMessage;
  const without = withoutMessage === 0 ? '' : `; ${counted(withoutMessage, 'event')} without a message`;
  const width = Math.max(6, ...shown.map(pattern => pattern.events.toLocaleString('en-US').length));
  const hidden = patterns.slice(shown.length);
  const hiddenEvents = hidden.reduce((sum, pattern) => sum + pattern.events, 0);
  const more = `${counted(hidden.length, 'more pattern')} of ${counted(hiddenEvents, 'event')} (--limit 0 prints all)`;
  return [
    `${counted(messages, 'message')}, ${counted(patterns.length, 'pattern')}${without}`,
    ...shown.flatMap(pattern => ['', ...patternLines(pattern, width, style)]),
    ...(hidden.length === 0 ? [] : ['', more]),
    ...(leftOver === 0
      ? []
      : ['', `${counted(leftOver, 'event')} left over: there are more different messages than are compared`]),
    '',
  ].join('\n');
}

function patternLines(pattern: Pattern, width: number, { columns = Infinity, color, glyphs }: PatternsStyle): string[] {
  const chalk = chalkFor(color);
  const { events, share, counts, template, example, severity, where } = pattern;
  const amount = `${padStart(events.toLocaleString('en-US'), width)} ${padStart(percentText(share), SHARE_WIDTH)}`;
  const head = `${amount}  ${chalk.cyan(formatSparkline(counts, SPARKLINE_WIDTH, glyphs).padEnd(SPARKLINE_WIDTH))}  `;
  const left = amount.length + SPARKLINE_WIDTH + 4;
  const fit = (text: string, from: number): string => fitText(text, columns - from, glyphs);
  const indent = ' '.repeat(width + 1);
  const level = severity ?? '';
  return [
    head + chalk.bold(fit(template, left)),
    indent + paintLevel(level, chalk)(level.padEnd(SHARE_WIDTH)) + fit(example, indent.length + SHARE_WIDTH),
    `${indent}${chalk.dim('where'.padEnd(SHARE_WIDTH))}${visible(where)}`,
  ];
}
