import type { Column, Row } from '../../../core/result.js';
import { render } from '../../../render/formats.js';
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

/** A printer for the events of a tail. */
export interface Printer {
  /** The columns to read. */
  readonly columns: readonly string[];
  /** Prints the header, if the format has one. */
  readonly begin: () => Promise<void>;
  readonly print: (page: TailPage) => Promise<void>;
}

/** Creates the printer of a format. @param chosen the value of --columns */
export function createPrinter(
  format: TailFormat,
  chosen: readonly string[] | undefined,
  timezone: string,
  streams: Streams,
): Printer {
  const write = (text: string): Promise<void> => streams.out.write(text);
  const columns = chosen ?? DEFAULT_COLUMNS[format];
  if (format === 'pretty') {
    const text = chosen ? plainText : prettyText;
    return { columns, begin: () => Promise.resolve(), print: ({ rows }) => write(text(rows, timezone, streams)) };
  }
  const color = format === 'line' && streams.color;
  const print = async (page: Omit<TailPage, 'lastId'>, header: boolean): Promise<void> => {
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

type Text = (rows: readonly Row[], timezone: string, streams: Streams) => string;

/** Omits the date of today on a terminal, where lines are cut. */
const prettyText: Text = (rows, timezone, { columns, color, isTerminal }) => {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' }).format();
  const formatTime = (time: string): string =>
    toMillisecond(isTerminal && time.startsWith(`${today} `) ? time.slice(11) : time);
  return rows.map(row => `${prettyEvent(summarize(row), { columns, color, formatTime })}\n`).join('');
};

/** Formats a time with exactly three fraction digits, so that the following columns line up. */
function toMillisecond(time: string): string {
  const [second = '', fraction = ''] = time.split('.');
  return `${second}.${fraction.slice(0, 3).padEnd(3, '0')}`;
}

const plainText: Text = (rows, _timezone, { columns }) =>
  rows
    .map(row => row.map(cell => (cell === null ? '-' : visible(cell))).join('  '))
    .map(line => `${columns === undefined ? line : cutStyled(line, columns)}\n`)
    .join('');

async function* only(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield await Promise.resolve(rows);
}
