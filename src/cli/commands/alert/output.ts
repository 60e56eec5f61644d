import type { Micros } from '../../../core/duration.js';
import { zonedPrinter } from '../../../query/result/timestamps.js';
import { render } from '../../../render/formats.js';
import { visible } from '../../../render/visible.js';
import type { Context } from '../../shared/context.js';
import { reportFormat } from '../../shared/options.js';
import { columnsOf, printReport, resultOf } from '../../shared/report.js';
import type { AlertOptions } from './options.js';

/** A time for people, in their time zone, to the second: tables of alerts have several on a line. */
export function localTime(at: Micros | null): string {
  if (at === null) return '';
  return zonedPrinter(
    Intl.DateTimeFormat().resolvedOptions().timeZone,
    'readable',
  )(BigInt(Math.round(at))).replace(/\.\d+$/, '');
}

/** A time for programs. */
export function timeOf(at: Micros | null): string | null {
  return at === null ? null : new Date(at / 1000).toISOString();
}

/** Prints text for people, or an object for programs, as --format says. */
export async function printResult(
  options: AlertOptions,
  context: Context,
  { text, json }: { readonly text: () => Promise<string> | string; readonly json: unknown },
): Promise<void> {
  const { streams } = context;
  await printReport(reportFormat(options.format, streams), context, {
    table: async () => streams.out.write(await text()),
    json,
    isIndented: true,
  });
}

/** A table as text. */
export async function tableText(
  names: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  { streams }: Context,
): Promise<string> {
  let text = '';
  await render('table', resultOf(columnsOf(names), rows), part => ((text += part), Promise.resolve()), {
    columns: streams.columns,
    color: streams.color,
    footer: false,
  });
  return text;
}

/** Text of senders, without control characters that would act on the terminal. */
export function safe(text: string): string {
  return visible(text);
}
