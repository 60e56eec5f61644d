import { extname } from 'node:path';
import type { Chart } from '../../../render/charts/chart.js';
import { chartPage } from '../../../render/pictures/page.js';
import { renderPng } from '../../../render/pictures/png.js';
import { renderSvg } from '../../../render/pictures/svg.js';
import { writeAtomically } from '../query/out-file.js';

/** Writes a chart as the picture or page that the ending of the file names. @throws TelemetryError `failure` */
export async function writeChart(out: string, chart: Chart, title: string): Promise<void> {
  const ending = extname(out).toLowerCase();
  // A page has the notes as its own text.
  const svg = await renderSvg(chart, ending === '.html' ? [] : chart.notes);
  const content = ending === '.png' ? await renderPng(svg) : ending === '.html' ? chartPage(chart, svg, title) : svg;
  await writeAtomically(out, file => file.write(content));
}
