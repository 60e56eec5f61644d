import type { TraceRows } from '../../../consumers/traces/rows.js';
import type { Trace } from '../../../consumers/traces/trace.js';
import { formatQuantity } from '../../../render/charts/quantity.js';
import { counted } from '../../shared/count.js';
import type { HideBelow } from './options.js';

/** The part of a trace that notes are about. */
interface Noted {
  readonly rows: TraceRows;
  /** The spans that are drawn or left out of the drawing. */
  readonly spans: Int32Array;
  readonly lengthMs: number;
  readonly hideBelow: HideBelow | undefined;
}

/** Sentences about the spans and logs of a trace that were folded, mended or left out; none when all is as stored. */
export function traceNotes(trace: Trace, { rows, spans, lengthMs, hideBelow }: Noted): string[] {
  return [...leftOut(rows, lengthMs, hideBelow), ...mended(trace, spans)];
}

function leftOut(
  { folded, hidden, unmatched }: TraceRows,
  lengthMs: number,
  hideBelow: HideBelow | undefined,
): string[] {
  const notes: string[] = [];
  if (folded.rows > 0) {
    notes.push(`folded: ${both(folded)} into ${counted(folded.rows, 'row')}; --no-fold prints each`);
  }
  if (hidden.spans > 0) {
    notes.push(`left out: ${both(hidden)} in rows of less than ${limitText(lengthMs, hideBelow)}`);
  }
  if (unmatched.spans > 0) notes.push(`left out: ${both(unmatched)} that --where is not true for`);
  return notes;
}

function mended({ forest, timing }: Trace, drawn: Int32Array): string[] {
  const { spans, repairs } = forest;
  const most = timing.skews.reduce((ms, skew) => Math.max(ms, Math.abs(skew)), 0);
  const notes: string[] = [];
  const add = (isMended: (i: number) => boolean, rest: string): void => {
    const count = drawn.reduce((sum, i) => sum + (isMended(i) ? 1 : 0), 0);
    if (count > 0) notes.push(`mended: ${counted(count, 'span')} ${rest}`);
  };
  const lengthOf = (i: number): number | undefined => spans[i]!.durationMs;
  add(i => timing.moved.has(i), `outside of the parent, moved by up to ${formatQuantity(most, 'ms')}: a wrong clock`);
  add(i => repairs.orphans.has(i), 'at the top: the parent is not stored');
  add(i => repairs.cycles.has(i), 'at the top: a cycle of parents was cut there');
  add(i => lengthOf(i) === undefined, 'without an end, drawn up to the end of the last span below');
  add(i => (lengthOf(i) ?? 0) < 0, 'with an end before the start, drawn without a length');
  add(i => repairs.sharedIds.has(i), 'with an id that others have too; children are below the one that was running');
  if (repairs.duplicates > 0) notes.push(`left out: ${counted(repairs.duplicates, 'span')} stored more than once`);
  return notes;
}

function both({ spans, logs }: { readonly spans: number; readonly logs: number }): string {
  const parts = [spans > 0 && counted(spans, 'span'), logs > 0 && counted(logs, 'log')];
  return parts.filter(part => part !== false).join(' and ');
}

function limitText(lengthMs: number, hideBelow: HideBelow | undefined): string {
  if (hideBelow === undefined) return '';
  const ms = 'ms' in hideBelow ? hideBelow.ms : hideBelow.share * lengthMs;
  return formatQuantity(ms, 'ms');
}
