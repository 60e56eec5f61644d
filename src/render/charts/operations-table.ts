import { apart } from '../apart.js';
import { visible } from '../visible.js';
import { padEnd, padStart, widthOf } from '../width.js';
import { type Drawing, shownText } from './plot.js';
import { formatQuantity } from './quantity.js';
import { formatSparkline } from './sparkline.js';

/** A line of the table of operations. Durations in milliseconds; null without one. */
export interface OperationLine {
  readonly service: string | null;
  readonly operation?: string | null | undefined;
  readonly calls: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly total: number | null;
  readonly callsOverTime: readonly number[];
}

const HEADS = ['CALLS', 'ERRORS', 'P50', 'P95', 'P99', 'TOTAL'] as const;

/** The column of numbers that holds the errors. */
const ERRORS = HEADS.indexOf('ERRORS');

const GAP = '  ';

/** The widths of names: the fewest cells in which they can be read, and the share of the rest that a service may take. */
const MIN_NAME = 8;
const SERVICE_SHARE = 0.4;

/** The share of the width that the sparkline takes, and its least and most cells. */
const SPARK = { share: 0.12, least: 6, most: 24 } as const;

const number = new Intl.NumberFormat('en-US');

/** The table of operations: a head and a line each, in the width of the drawing. */
export function operationLines(lines: readonly OperationLine[], drawing: Drawing): string[] {
  const { columns, glyphs, chalk } = drawing;
  const numbers = lines.map(numbersOf);
  const widths = HEADS.map((head, i) => Math.max(head.length, ...numbers.map(cells => widthOf(cells[i]!))));
  const spark = Math.min(SPARK.most, Math.max(SPARK.least, Math.floor(columns * SPARK.share)));
  const taken = widths.reduce((sum, width) => sum + width + GAP.length, 0) + GAP.length + spark;
  const nameWidths = namesWidths(lines, columns - taken);
  const heads = nameWidths.length === 1 ? ['SERVICE'] : ['SERVICE', 'OPERATION'];
  const head = [
    ...heads.map((text, i) => padEnd(shownText(text, nameWidths[i]!, glyphs), nameWidths[i]!)),
    ...HEADS.map((text, i) => padStart(text, widths[i]!)),
    shownText('TREND', spark, glyphs),
  ];
  const body = lines.map((line, row) =>
    [
      ...namesOf(line).map((text, i) =>
        padEnd(shownText(apart(visible(text)), nameWidths[i]!, glyphs), nameWidths[i]!),
      ),
      ...numbers[row]!.map((text, i) => {
        const cell = padStart(text, widths[i]!);
        return i === ERRORS && line.errors > 0 ? chalk.red(cell) : cell;
      }),
      chalk.blue(formatSparkline(line.callsOverTime, spark, glyphs)),
    ]
      .join(GAP)
      .trimEnd(),
  );
  return [chalk.bold(head.join(GAP).trimEnd()), ...body];
}

function numbersOf({ calls, errors, p50, p95, p99, total }: OperationLine): string[] {
  const ms = (value: number | null): string => (value === null ? '' : formatQuantity(value, 'ms'));
  return [number.format(calls), number.format(errors), ms(p50), ms(p95), ms(p99), ms(total)];
}

function namesOf({ service, operation }: OperationLine): string[] {
  return operation === undefined ? [service ?? ''] : [service ?? '', operation ?? ''];
}

/** The widths of the columns of names, which share what the others leave. */
function namesWidths(lines: readonly OperationLine[], room: number): number[] {
  const names = lines.map(namesOf);
  const count = names[0]?.length ?? 2;
  const wanted = Array.from({ length: count }, (_, i) =>
    Math.max(i === 0 ? 7 : 9, ...names.map(cells => widthOf(apart(visible(cells[i]!))))),
  );
  if (count === 1) return [Math.max(MIN_NAME, Math.min(wanted[0]!, room - GAP.length))];
  const rest = Math.max(2 * MIN_NAME, room - GAP.length * 2);
  const service = Math.min(wanted[0]!, Math.max(MIN_NAME, Math.floor(rest * SERVICE_SHARE), rest - wanted[1]!));
  return [service, Math.max(MIN_NAME, Math.min(wanted[1]!, rest - service))];
}
