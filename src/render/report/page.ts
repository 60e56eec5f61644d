import { formatQuantity } from '../charts/quantity.js';
import { seriesColor } from '../charts/series-color.js';
import { markup, type Markup } from '../html/markup.js';
import { renderPage } from '../html/page.js';
import type { DrawnTrace } from '../traces/drawn-trace.js';
import { TRACE_STYLE, traceMarkup } from '../traces/page.js';
import { sparkMarkup, timeBars, type TimeSeries } from './pictures.js';

/** A table of a report: names of columns, and rows of texts and pictures. */
export interface ReportTable {
  readonly columns: readonly { readonly name: string; readonly isNumber?: boolean }[];
  readonly rows: readonly (readonly (string | { readonly spark: readonly (number | null)[] })[])[];
  /** The rows that the table leaves out. */
  readonly more: number;
}

/** The texts of a report, all values formatted. */
export interface ReportPage {
  readonly title: string;
  readonly facts: readonly string[];
  readonly time: { readonly from: string; readonly to: string; readonly series: readonly TimeSeries[] } | undefined;
  readonly errors: ReportTable;
  readonly traces: readonly DrawnTrace[];
  readonly operations: ReportTable;
  readonly metrics: ReportTable;
  /** Sentences about the report as a whole. */
  readonly notes: readonly string[];
}

const STYLE = `
svg.time{display:block;width:100%;height:180px;background:var(--card)}
svg.spark{display:block;width:8rem;height:1.2rem;fill:var(--faint)}
td.text{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.85rem}
.ends{display:flex;justify-content:space-between}
`;

/** A report as one page that opens without a network. */
export function reportPage(report: ReportPage): string {
  const { title, facts, time, errors, traces, operations, metrics, notes } = report;
  const body = markup`<h1>${title}</h1>
<p>${facts.join(', ')}</p>
${section('Events over time', time && timeMarkup(time), 'no event')}
${section('Errors by pattern', tableMarkup(errors), 'no event of severity ERROR or FATAL has a message')}
${section('Slowest traces', traces.length === 0 ? undefined : traces.map(traceSection), 'no trace')}
${section('Top operations', tableMarkup(operations), 'no span')}
${section('Metrics', tableMarkup(metrics), 'no metric')}
${notes.map(note => markup`<p class="faint">${note}</p>`)}`;
  return renderPage({ title, body, style: TRACE_STYLE + STYLE });
}

function section(title: string, content: Markup | readonly Markup[] | undefined, none: string): Markup {
  return markup`<h2>${title}</h2>
${content ?? markup`<p class="faint">${none}</p>`}
`;
}

function timeMarkup({ from, to, series }: NonNullable<ReportPage['time']>): Markup {
  const legend = series.map(
    ({ name, counts }, i) =>
      markup`<svg width="10" height="10"><rect width="10" height="10" fill="${seriesColor(i).hex}"/></svg> ${name} <span class="faint">${formatQuantity(counts.reduce((sum, count) => sum + count, 0))}</span>&ensp; `,
  );
  return markup`<p>${legend}</p>${timeBars(series)}<p class="faint ends"><span>${from}</span><span>${to}</span></p>`;
}

function traceSection(trace: DrawnTrace, index: number): Markup {
  const summary = markup`<summary><b>${trace.title}</b> ${trace.facts[0] ?? ''} <span class="faint">trace ${trace.traceId}</span></summary>`;
  return index === 0
    ? markup`<details open>${summary}${traceMarkup(trace)}</details>`
    : markup`<details>${summary}${traceMarkup(trace)}</details>`;
}

function tableMarkup({ columns, rows, more }: ReportTable): Markup | undefined {
  if (rows.length === 0) return undefined;
  const cell = (value: ReportTable['rows'][number][number], i: number): Markup => {
    if (typeof value !== 'string') return markup`<td>${sparkMarkup(value.spark)}</td>`;
    return columns[i]?.isNumber ? markup`<td class="number">${value}</td>` : markup`<td class="text">${value}</td>`;
  };
  const head = columns.map(({ name, isNumber }) =>
    isNumber ? markup`<th class="number">${name}</th>` : markup`<th>${name}</th>`,
  );
  return markup`<table><thead><tr>${head}</tr></thead><tbody>
${rows.map(row => markup`<tr>${row.map(cell)}</tr>\n`)}</tbody></table>
${more > 0 ? markup`<p class="faint">and ${more} more</p>` : undefined}`;
}
