import type { Chart } from '../charts/chart.js';
import { markup, Markup } from '../html/markup.js';
import { renderPage } from '../html/page.js';

/** Titles that are SQL are cut for the tab of a browser. */
const TITLE_LENGTH = 80;

/** A page with one chart, its title or SQL, and what it leaves out. @param svg of the chart, from renderSvg */
export function chartPage(chart: Chart, svg: string, title: string): string {
  const short = title.length > TITLE_LENGTH ? `${title.slice(0, TITLE_LENGTH)}…` : title;
  const body = markup`<pre>${title}</pre>
<figure>${new Markup(svg)}</figure>
${chart.notes.map(note => markup`<p class="faint">${note}</p>`)}`;
  return renderPage({ title: short, body });
}
