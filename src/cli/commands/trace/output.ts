import type { RowOptions } from '../../../consumers/traces/rows.js';
import { rowsOf as traceRows } from '../../../consumers/traces/rows.js';
import type { Trace } from '../../../consumers/traces/trace.js';
import { glyphsOf } from '../../../render/charts/glyphs.js';
import { drawTrace } from '../../../render/traces/waterfall.js';
import type { Context } from '../../shared/context.js';
import { printReport, type ReportFormat } from '../../shared/report.js';
import { USUAL_COLUMNS, type Streams } from '../../shared/streams.js';
import { writeAtomically } from '../query/out-file.js';
import { drawnTrace, limitMs, spansOf, windowOf, type DrawOptions } from './drawn.js';
import { flatSpans, treeJson } from './flat.js';
import { traceNotes } from './notes.js';

/** Text is written once there is this much, in characters: a call for each of 40,000 lines takes longer than drawing them. */
const FLUSH_CHARACTERS = 256 * 1024;

/** Prints a trace in a format; `table` draws it. */
export async function drawTo(
  context: Pick<Context, 'streams' | 'signal'>,
  format: ReportFormat,
  trace: Trace,
  options: DrawOptions & { readonly ascii: boolean },
): Promise<void> {
  const { streams } = context;
  if (format === 'table') {
    const { columns = USUAL_COLUMNS, color } = streams;
    const glyphs = glyphsOf(options.ascii ? 'ascii' : 'blocks');
    return writeParts(streams, drawTrace(drawnTrace(trace, options), { columns, color, glyphs }), '\n');
  }
  const window = windowOf(trace, options.top);
  const rows: RowOptions = { ...options, folds: false, hideBelowMs: limitMs(options.hideBelow, window) };
  if (format === 'json') {
    const spans = spansOf(trace, options.top);
    const notes = traceNotes(trace, {
      rows: traceRows(trace, rows),
      spans,
      lengthMs: window.length,
      hideBelow: options.hideBelow,
    });
    return writeParts(streams, treeJson(trace, rows, notes), '');
  }
  const flat = [...flatSpans(trace, rows)];
  if (format === 'ndjson')
    return writeParts(
      streams,
      flat.map(span => JSON.stringify(span)),
      '\n',
    );
  await printReport(format, context, {
    table: () => Promise.resolve(),
    json: flat.map(({ logs, problems, ...span }) => ({ ...span, problems: problems.join(' '), logs: logs.length })),
  });
}

async function writeParts({ out }: Streams, parts: Iterable<string>, end: string): Promise<void> {
  let text = '';
  for (const part of parts) {
    text += part + end;
    if (text.length < FLUSH_CHARACTERS) continue;
    await out.write(text);
    text = '';
  }
  if (text !== '') await out.write(text);
}

/** Writes a trace as a page that opens without a network. */
export async function writePage(out: string, trace: Trace, options: DrawOptions, { err }: Streams): Promise<void> {
  const { renderPage } = await import('../../../render/html/page.js');
  const { markup } = await import('../../../render/html/markup.js');
  const { traceMarkup, TRACE_STYLE } = await import('../../../render/traces/page.js');
  const drawn = drawnTrace(trace, options);
  const title = `trace ${trace.traceId} ${drawn.title}`.trim();
  const body = markup`<h1>${drawn.title} <small class="faint">trace ${trace.traceId}</small></h1>\n${traceMarkup(drawn)}`;
  await writeAtomically(out, file => file.write(renderPage({ title, body, style: TRACE_STYLE })));
  await err.write(`wrote ${out}\n`);
}
