import { findDifference, type Difference, type Finding } from '../../../consumers/diff/diff.js';
import type { Versus } from '../../../consumers/diff/sides.js';
import { openSession } from '../../../query/session.js';
import { glyphsOf } from '../../../render/charts/glyphs.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { lookSession } from '../../shared/look-options.js';
import { columnsOf, printReport, resultOf } from '../../shared/report.js';
import type { DiffOptions } from './options.js';
import { differenceText } from './report.js';

/** Compares events and prints the difference. */
export async function run(options: DiffOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const { limit, format, isVerbose } = options;
  const glyphs = glyphsOf(options.glyphStyle);
  const times = timesOf(options);
  const versus: Versus = { where: options.where, versus: options.versus, times };
  const progress = await streams.progress('comparing attributes');
  let difference: Difference;
  try {
    difference = await endInTime(signal, async () => {
      const session = await openSession({ ...lookSession(options, context), ...boundsOf(options, times) });
      try {
        return await findDifference(session, versus);
      } finally {
        session.close();
      }
    });
  } finally {
    progress.stop();
  }
  const { findings } = difference;
  const shown = limit === 0 ? findings : findings.slice(0, limit);
  const { columns, color } = streams;
  const style = { columns, color, glyphs, isVerbose, isPlain: options.versus === undefined && !times };
  await printReport(format, context, {
    table: () => streams.out.write(differenceText(difference, shown, style)),
    json: format === 'ndjson' ? shown : { ...difference, findings: shown },
    rows: () =>
      resultOf(
        [...columnsOf(['attribute']), ...columnsOf(NUMBERS, 'number'), ...columnsOf(['where'])],
        shown.map(rowOf),
      ),
  });
}

const NUMBERS = ['matching', 'others', 'matchingShare', 'othersShare', 'lift', 'g'] as const;

function rowOf(finding: Finding): (string | null)[] {
  const numbers = NUMBERS.map(name => finding[name]);
  return [finding.attribute, ...numbers.map(number => (number === null ? null : String(number))), finding.where];
}

/** The times of both sides of --versus-time: events that match are those after the others, unless the bounds say when. */
function timesOf({ since, until, versusTime }: DiffOptions): Versus['times'] {
  if (!versusTime) return undefined;
  const start = since === undefined && until === undefined ? versusTime.until : since;
  return { matching: { since: start, until }, others: versusTime };
}

/** The bounds of the session: those that hold both sides. */
function boundsOf({ since, until }: DiffOptions, times: Versus['times']): { since?: number; until?: number } {
  if (!times) return { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  const { matching, others } = times;
  return {
    ...(matching.since !== undefined && { since: Math.min(matching.since, others.since ?? 0) }),
    ...(matching.until !== undefined && { until: Math.max(matching.until, others.until ?? 0) }),
  };
}
