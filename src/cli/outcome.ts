import type { Context } from './context.js';

/** Prints what a command came to: a line for eyes, or JSON for machines. */
export async function printOutcome(
  format: 'table' | 'json',
  { streams }: Pick<Context, 'streams'>,
  { text, json }: { readonly text: string; readonly json: unknown },
): Promise<void> {
  await streams.out.write(`${format === 'table' ? text : JSON.stringify(json)}\n`);
}
