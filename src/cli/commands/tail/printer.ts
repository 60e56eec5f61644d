import type { Column, Row } from '../../../core/result.js';
import { render } from '../../../render/formats.js';
import { chalkFor } from '../../../render/chalk.js';
import { highlight } from '../../../render/highlight.js';
import { prettyLong } from '../../../render/pretty-long.js';
import { prettyEvent } from '../../../render/pretty.js';
import { visible } from '../../../render/visible.js';
import { cutStyled } from '../../../render/width.js';
import type { TailPage } from '../../../consumers/tail/scan.js';
import { SUMMARY_COLUMNS, summarize } from '../../../consumers/tail/summary.js';
import type { Streams } from '../../shared/streams.js';
import type { TailFormat } from './options.js';

const ROW_COLUMNS: readonly string[] = ['id', 'time', 'type', 'name', 'payload'];

const DEFAULT_COLUMNS: Readonly<Record<TailFormat, readonly string[]>> = {
  pretty: SUMMARY_COLUMNS,
  ndjson: ['id', 'received_at', 'time', 'type', 'name', 'payload'],
  csv: ROW_COLUMNS,
  tsv: ROW_COLUMNS,
  markdown: ROW_COLUMNS,
  line: ROW_COLUMNS,
};

/** The line between the groups of a context, as grep prints it. */
const GAP = '--';

/** A printer for the events of a tail. */
export interface Printer {
  /** The columns to read. */
  readonly columns: readonly string[];
  /** Prints the header, if the format has one. */
  readonly begin: () => Promise<void>;
  readonly print: (page: TailPage) => Promise<void>;
}

/** The look of events in the format pretty. */
export interface PrettyStyle {
  readonly isLong: boolean;
  /** True to print the events of a trace under a heading. */
  readonly byTrace: boolean;
  /** True to read the severity of each event, as the last column. */
  readonly readsSeverity: boolean;
  /** The matches to highlight; undefined for none. */
  readonly pattern: RegExp | undefined;
}

/** Creates the printer of a format. @param chosen the value of --columns */
export function createPrinter(
  format: TailFormat,
  chosen: readonly string[] | undefined,
  timezone: string,
  streams: Streams,
  style: PrettyStyle,
): Printer {
  const write = (text: string): Promise<void> => streams.out.write(text);
  const columns = chosen ?? DEFAULT_COLUMNS[format];
  if (format === 'pretty') {
    const begin = (): Promise<void> => Promise.resolve();
    if (chosen) return { columns, begin, print: page => write(plainText(page, streams)) };
    const text = prettyText(timezone, streams, style);
    const more = [...(style.byTrace ? ['trace_id'] : []), ...(style.readsSeverity ? ['severity'] : [])];
    return { columns: [...columns, ...more], begin, print: page => write(text(page)) };
  }
  const color = format === 'line' && streams.color;
  const print = async (page: Pick<TailPage, 'columns' | 'rows'>, header: boolean): Promise<void> => {
    await render(format, { columns: page.columns, batches: only(page.rows) }, write, { color, header });
  };
  const names = columns.map((name): Column => ({ name, type: 'VARCHAR', kind: 'text' }));
  let pages = 0;
  return {
    columns,
    begin: () => print({ columns: names, rows: [] }, true),
    async print(page) {
      // The line format separates events by an empty line, but each page is rendered alone.
      if (format === 'line' && pages++ > 0) await write('\n');
      await print(page, false);
    },
  };
}

/** Omits the date of today on a terminal, where lines are cut. */
function prettyText(
  timezone: string,
  { columns, color, isTerminal }: Streams,
  { isLong, byTrace, pattern }: PrettyStyle,
): (page: TailPage) => string {
  const chalk = chalkFor(color);
  let trace: string | null = null;
  const lineOf = (row: Row, today: string): string => {
    const formatTime = (time: string): string =>
      toMillisecond(isTerminal && time.startsWith(`${today} `) ? time.slice(11) : time);
    const line = (isLong ? prettyLong : prettyEvent)(summarize(row), { columns, color, formatTime });
    return pattern && color ? highlight(line, pattern, chalk) : line;
  };
  const heading = (row: Row): string => {
    const own = traceOf(row);
    if (!byTrace || own === trace) return '';
    trace = own;
    return own === null ? '' : `${chalk.bold(`trace ${visible(own)}`)}\n`;
  };
  return ({ rows, groupStarts }) => {
    const starts = new Set(groupStarts);
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' }).format();
    const gap = `${chalk.dim(GAP)}\n`;
    return rows.map((row, i) => `${starts.has(i) ? gap : ''}${heading(row)}${lineOf(row, today)}\n`).join('');
  };
}

/** The trace id of a row, which follows the columns of a summary. */
export function traceOf(row: Row): string | null {
  return row[SUMMARY_COLUMNS.length] ?? null;
}

/** Formats a time with exactly three fraction digits, so that the following columns line up. */
function toMillisecond(time: string): string {
  const [second = '', fraction = ''] = time.split('.');
  return `${second}.${fraction.slice(0, 3).padEnd(3, '0')}`;
}

function plainText({ rows, groupStarts }: TailPage, { columns }: Streams): string {
  const starts = new Set(groupStarts);
  return rows
    .map(row => row.map(cell => (cell === null ? '-' : visible(cell))).join('  '))
    .map(line => (columns === undefined ? line : cutStyled(line, columns)))
    .map((line, i) => `${starts.has(i) ? `${GAP}\n` : ''}${line}\n`)
    .join('');
}

async function* only(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield await Promise.resolve(rows);
}
