import { chalkFor } from './chalk.js';
import { prettyEvent, type PrettyEvent, type PrettyOptions } from './pretty.js';
import { visibleLines, visible } from './visible.js';
import { padEnd, widthOf } from './width.js';

const INDENT = '    ';

/** An event over several lines, without a line end: its main parts, then one field a line, values whole. */
export function prettyLong(event: PrettyEvent, options: PrettyOptions): string {
  const chalk = chalkFor(options.color);
  const keys = event.fields.map(([key]) => visible(key));
  const widest = Math.max(0, ...keys.map(widthOf));
  const indent = `\n${INDENT}${' '.repeat(widest)}  `;
  const lines = event.fields.map(
    ([, value], i) => `${INDENT}${chalk.dim(padEnd(keys[i]!, widest))}  ${visibleLines('text', value).join(indent)}`,
  );
  const [message, ...more] = visibleLines('text', event.message ?? '');
  const head = prettyEvent(
    { ...event, message: event.message === null ? null : message!, fields: [] },
    { ...options, columns: undefined },
  );
  return [head, ...more.map(line => INDENT + line), ...lines].join('\n');
}
