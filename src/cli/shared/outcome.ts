import type { Context } from './context.js';
import { printReport, type ReportFormat } from './report.js';

/** Prints the outcome of a command: a line of text for people, JSON or rows for programs. */
export async function printOutcome(
  format: ReportFormat,
  { streams, signal }: Pick<Context, 'streams' | 'signal'>,
  { text, json }: { readonly text: string; readonly json: unknown },
): Promise<void> {
  await printReport(format, { streams, signal }, { table: () => streams.out.write(`${text}\n`), json });
}
