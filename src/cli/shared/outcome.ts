import type { Context } from './context.js';
import { printReport, type ReportFormat } from './report.js';

/** Prints what a command came to: a line for people, or JSON and rows for programs. */
export async function printOutcome(
  format: ReportFormat,
  { streams, signal }: Pick<Context, 'streams' | 'signal'>,
  { text, json }: { readonly text: string; readonly json: unknown },
): Promise<void> {
  await printReport(format, { streams, signal }, { table: () => streams.out.write(`${text}\n`), json });
}
