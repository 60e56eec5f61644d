import { formatQuantity } from '../charts/quantity.js';
import { seriesColor } from '../charts/series-color.js';
import { markup, type Markup } from '../html/markup.js';
import {
  marksOf,
  offsetText,
  type DrawnLog,
  type DrawnRow,
  type DrawnSpan,
  type DrawnTrace,
  type Interval,
} from './drawn-trace.js';

/** The levels of indentation on a page; deeper rows have the last, and their depth as a number. */
const MAX_INDENT = 40;

/** The units of the time axis of a bar: more than any screen has pixels. */
const AXIS_UNITS = 10_000;

/** The shortest bar that is visible, in units of the axis. */
const MIN_BAR_UNITS = 15;

/** The most rows of a page: a browser takes seconds for more. */
const MAX_PAGE_ROWS = 20_000;

/** The style of the pages that have traces. */
export const TRACE_STYLE = `
table.trace{width:100%;table-layout:fixed;font-size:.85rem}
table.trace th,table.trace td{padding:.1rem .4rem;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
table.trace th.time{width:5.5rem}table.trace th.bar{width:50%}
table.trace svg{display:block;width:100%;height:14px}
table.trace .lead{stroke:var(--line)}table.trace .point{fill:var(--text)}
table.trace .waits{opacity:.45}
.error{color:#d1242f}.warn{color:#9a6700}
${Array.from({ length: MAX_INDENT + 1 }, (_, depth) => `.d${depth}{padding-left:${depth}rem}`).join('')}
`;

/** A trace as a part of a page: its summary, the waterfall as a table with a bar a row, critical path and notes. */
export function traceMarkup(trace: DrawnTrace): Markup {
  const { rows, services, lengthMs } = trace;
  const shown = rows.slice(0, MAX_PAGE_ROWS);
  const cut = rows.length - shown.length;
  return markup`<p>${trace.facts.join(', ')}</p>
${trace.above.length > 0 ? markup`<p class="faint">in ${trace.above.join(' > ')}</p>` : undefined}
${trace.details.length > 0 ? detailsMarkup(trace.details) : undefined}
<p>${services.map(([name, spans], i) => serviceMarkup(name, spans, i))}</p>
<table class="trace">
<thead><tr><th>Span</th><th class="time number">Total</th><th class="time number">Self</th><th class="bar">0 to ${formatQuantity(lengthMs, 'ms')}</th></tr></thead>
<tbody>
${shown.map(row => (row.kind === 'span' ? spanMarkup(row) : logMarkup(row)))}</tbody>
</table>
${pathMarkup(trace)}
<ul class="faint">${marksOf(rows).map(text => markup`<li>${text}</li>`)}${[
    ...trace.notes,
    ...(cut > 0 ? [`left out: the last ${cut} rows; --hide-below and --span choose others`] : []),
  ].map(note => markup`<li>${note}</li>`)}</ul>
`;
}

function detailsMarkup(details: DrawnTrace['details']): Markup {
  return markup`<table>${details.map(([name, value]) => markup`<tr><th>${name}</th><td>${value}</td></tr>`)}</table>`;
}

function serviceMarkup(name: string, spans: number, index: number): Markup {
  const { hex } = seriesColor(index);
  return markup`<svg width="10" height="10"><rect width="10" height="10" fill="${hex}"/></svg> ${name === '' ? '(no service)' : name} <span class="faint">${spans}</span>&ensp; `;
}

function spanMarkup(row: DrawnSpan): Markup {
  const { service, name, count, totalMs, selfMs, isError, isCritical, marks } = row;
  const flags = `${isCritical ? '*' : ''}${isError ? '!' : ''}${marks}`;
  return markup`<tr><td title="${`${service} ${name}`.trim()}"><span class="d${indentOf(row)}">${depthOf(row)}<b>${service}</b> <span class="${isError ? 'error' : 'name'}">${name}</span>${timesText(count)} <span class="faint">${flags}</span></span></td>${timeCell(totalMs)}${timeCell(selfMs)}<td>${barMarkup(row)}</td></tr>
`;
}

function logMarkup(row: DrawnLog): Markup {
  const { severity, message, count, atMs } = row;
  const style = /^(?:ERROR|FATAL)$/.test(severity) ? 'error' : severity === 'WARN' ? 'warn' : 'faint';
  const points = row.intervals.map(
    ([at]) => markup`<rect class="point" x="${units(at)}" width="${MIN_BAR_UNITS}" height="14"/>`,
  );
  return markup`<tr><td title="${message}"><span class="d${indentOf(row)}">${depthOf(row)}<span class="${style}">${severity}</span> ${message}${timesText(count)}</span></td><td class="number faint">${offsetText(atMs)}</td><td></td><td>${svg(points)}</td></tr>
`;
}

function barMarkup({ intervals, color, isCritical }: DrawnSpan): Markup {
  const { hex } = seriesColor(color);
  const first = intervals.reduce((least, [from]) => Math.min(least, from), 1);
  const lead = markup`<line class="lead" x1="0" x2="${units(first)}" y1="7" y2="7"/>`;
  const bars = merged(intervals).map(
    ([from, to]) =>
      markup`<rect x="${from}" width="${to - from}" y="2" height="10" fill="${hex}"${isCritical ? undefined : markup` class="waits"`}/>`,
  );
  return svg([lead, ...bars]);
}

/** The union of intervals in units of the axis: 20,000 repeats are not as many elements. */
function merged(intervals: readonly Interval[]): [number, number][] {
  const bars: [number, number][] = [];
  for (const [from, to] of intervals) {
    const start = Math.min(units(from), AXIS_UNITS - MIN_BAR_UNITS);
    const end = Math.max(units(to), start + MIN_BAR_UNITS);
    const last = bars.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else bars.push([start, end]);
  }
  return bars;
}

function svg(parts: readonly Markup[]): Markup {
  return markup`<svg viewBox="0 0 ${AXIS_UNITS} 14" preserveAspectRatio="none">${parts}</svg>`;
}

function units(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * AXIS_UNITS);
}

function indentOf({ depth }: DrawnRow): number {
  return Math.min(depth, MAX_INDENT);
}

function depthOf({ depth }: DrawnRow): string {
  return depth > MAX_INDENT ? `${depth}: ` : '';
}

function timesText(count: number): string {
  return count === 1 ? '' : ` × ${count}`;
}

function timeCell(ms: number | undefined): Markup {
  return markup`<td class="number">${ms === undefined ? '-' : formatQuantity(Math.max(0, ms), 'ms')}</td>`;
}

function pathMarkup({ path }: DrawnTrace): Markup | undefined {
  if (path.length === 0) return undefined;
  const rows = path.map(
    ({ label, ms, share }) =>
      markup`<tr><td>${label}</td><td class="number">${formatQuantity(ms, 'ms')}</td><td class="number">${formatQuantity(share * 100, '%', 2)}</td></tr>`,
  );
  return markup`<details><summary>Critical path</summary><table>${rows}</table></details>`;
}
