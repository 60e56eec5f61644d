import { TelemetryError } from '../../../core/errors.js';
import { findTrace } from '../../../consumers/traces/find-trace.js';
import { listTraces } from '../../../consumers/traces/list-traces.js';
import { readTrace } from '../../../consumers/traces/read-trace.js';
import type { RowOptions } from '../../../consumers/traces/rows.js';
import { analyzeTrace, type Trace } from '../../../consumers/traces/trace.js';
import { bindKnown } from '../../../query/predicate.js';
import { openSession, type Session } from '../../../query/session.js';
import type { Context } from '../../shared/context.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { endInTime } from '../../shared/forced-end.js';
import { reportFormat } from '../../shared/options.js';
import { printReport } from '../../shared/report.js';
import { printTraces } from './list.js';
import type { TraceOptions } from './options.js';
import { drawTo, writePage } from './output.js';
import { spanDetails } from './span-details.js';

/** Lists traces, or draws one. */
export async function run(options: TraceOptions, context: Context): Promise<void> {
  await endInTime(context.signal, async () => {
    const session = await open(options, context);
    try {
      await (options.id === undefined ? list(session, options, context) : show(session, options.id, options, context));
    } finally {
      session.close();
    }
  });
}

function open({ store, since, until }: TraceOptions, { readyStores, signal, streams }: Context): Promise<Session> {
  return openSession({ dir: store, since, until, readyStores, signal, onDamaged: damagedSegmentWarning(streams) });
}

async function list(session: Session, options: TraceOptions, context: Context): Promise<void> {
  const format = reportFormat(options.format, context.streams);
  const traces = await listTraces(session, { ...(await conditionOf(session, options)), limit: options.limit });
  await printReport(format, context, {
    table: () => printTraces(traces, timezoneOf(options, context), context.streams),
    json: traces,
  });
}

async function show(session: Session, id: string, options: TraceOptions, context: Context): Promise<void> {
  const traceId = await findTrace(session, id);
  const records = await readTrace(session, traceId, await conditionOf(session, options));
  const trace = analyzeTrace(records, options.mendsSkew);
  const top = options.span === undefined ? undefined : findSpan(trace, options.span);
  const details = top === undefined ? [] : await spanDetails(session, trace.forest.spans[top]!.eventId);
  const drawn = { ...rowOptions(options), top, details, timezone: timezoneOf(options, context) };
  if (options.out !== undefined) await writePage(options.out, trace, drawn, context.streams);
  else await drawTo(context, options.format ?? 'table', trace, { ...drawn, ascii: options.ascii });
}

function rowOptions(options: TraceOptions): Pick<RowOptions, 'folds' | 'showsLogs' | 'onlyMatches'> & {
  readonly hideBelow: TraceOptions['hideBelow'];
} {
  const { folds, showsLogs, where, hideBelow } = options;
  return { folds, showsLogs, onlyMatches: where !== undefined, hideBelow };
}

/** The condition of --where, bound to the columns that exist. */
async function conditionOf(session: Session, { where }: TraceOptions): Promise<{ readonly condition?: string }> {
  if (where === undefined) return {};
  return { condition: (await bindKnown(session, where, '--where')).sql };
}

/** The zone of printed times: that of the user on a terminal, else UTC. */
function timezoneOf({ tz }: TraceOptions, { streams }: Context): string {
  return tz ?? (streams.isTerminal ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC');
}

/** Finds the span whose id is, or begins with, a text. @throws TelemetryError `failure` or `usage` */
function findSpan({ forest, traceId }: Trace, text: string): number {
  const wanted = text.trim().toLowerCase();
  const ids = forest.spans.map(({ spanId = '' }) => spanId.toLowerCase());
  const exact = ids.indexOf(wanted);
  if (exact >= 0 && wanted !== '') return exact;
  const found = ids.flatMap((id, i) => (wanted !== '' && id.startsWith(wanted) ? [i] : []));
  if (found.length === 1) return found[0]!;
  if (found.length === 0) {
    throw new TelemetryError('failure', `trace ${traceId} has no span whose id begins with "${text}"`, {
      remedy: `List its spans with \`telemetry trace ${traceId} --format csv\`.`,
    });
  }
  const some = found.slice(0, 5).map(i => forest.spans[i]!.spanId);
  throw new TelemetryError('usage', `several spans of the trace have an id that begins with "${text}"`, {
    remedy: `Write more of it: ${some.join(', ')}${found.length > some.length ? ' and more' : ''}.`,
  });
}
