import type { Column } from '../../../core/result.js';
import { TRACE_LISTS, type ListedTrace } from '../../../consumers/traces/list-traces.js';
import { zonedPrinter } from '../../../query/result/timestamps.js';
import { formatQuantity } from '../../../render/charts/quantity.js';
import { render } from '../../../render/formats.js';
import { counted } from '../../shared/count.js';
import { resultOf } from '../../shared/report.js';
import type { Streams } from '../../shared/streams.js';

const TITLES: Readonly<Record<ListedTrace['list'], string>> = {
  recent: 'Recent traces',
  slowest: 'Slowest traces',
  failed: 'Recent traces with errors',
};

/** Ids of OpenTelemetry have 32 digits, of which these are enough to name one. */
const LONG_ID = /^[0-9a-f]{32}$/;
const SHORT_ID_LENGTH = 12;

/** From this width on, ids are printed whole. */
const MIN_COLUMNS_WITH_IDS = 120;

const COLUMNS: readonly Column[] = [
  { name: 'trace', type: 'VARCHAR', kind: 'time' },
  { name: 'start', type: 'VARCHAR', kind: 'time' },
  { name: 'took', type: 'VARCHAR', kind: 'number' },
  { name: 'spans', type: 'BIGINT', kind: 'number' },
  { name: 'errors', type: 'BIGINT', kind: 'number' },
  { name: 'operation', type: 'VARCHAR', kind: 'text' },
];

/** Prints lists of traces as tables. */
export async function printTraces(
  traces: readonly ListedTrace[],
  timezone: string,
  { out, err, columns, color }: Pick<Streams, 'out' | 'err' | 'columns' | 'color'>,
): Promise<void> {
  if (traces.length === 0) {
    await err.write('no trace: no event is a span of one (type trace, or a trace_id, span_id and duration_ms)\n');
    return;
  }
  const print = zonedPrinter(timezone, 'readable');
  const isShort = (columns ?? Infinity) < MIN_COLUMNS_WITH_IDS;
  const shortId = isShort ? shortenIds(traces.map(({ trace_id: id }) => id)) : (id: string): string => id;
  for (const list of TRACE_LISTS) {
    const own = traces.filter(trace => trace.list === list);
    if (own.length === 0) continue;
    await out.write(`${list === TRACE_LISTS[0] ? '' : '\n'}${TITLES[list]}\n`);
    const rows = own.map(({ trace_id: id, start, duration_ms: ms, spans, errors, services, service, name }) => [
      shortId(id),
      print(BigInt(Date.parse(start)) * 1000n).slice(isShort ? 5 : 0, 19),
      formatQuantity(ms, 'ms'),
      String(spans),
      String(errors),
      [service, name].filter(part => part !== null).join(' ') + moreServices(services, service),
    ]);
    await render('table', resultOf(COLUMNS, rows), text => out.write(text), { columns, color, footer: false });
  }
}

function moreServices(services: readonly string[], service: string | null): string {
  const others = services.filter(name => name !== service).length;
  return others === 0 ? '' : ` (+${counted(others, 'service')})`;
}

/** Returns the shortest unique prefixes of ids, of at least {@link SHORT_ID_LENGTH} characters. */
function shortenIds(ids: readonly string[]): (id: string) => string {
  const all = [...new Set(ids)];
  let length = SHORT_ID_LENGTH;
  while (length < 32 && new Set(all.map(id => id.slice(0, length))).size < all.length) length++;
  return id => (LONG_ID.test(id) ? id.slice(0, length) : id);
}
