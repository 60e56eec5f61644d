import { codeOf, TelemetryError } from '../../core/errors.js';
import { type Chart, emptyText } from '../charts/chart.js';
import { notesHeight, optionOf } from './option.js';

/** The width of a picture, and the height of one with axes, in pixels. */
const WIDTH = 960;
const HEIGHT = 480;

/** The height of a bar, and of what is around all bars, in pixels. */
const BAR = 26;
const AROUND_BARS = 112;

/** The height of a row of a heatmap, in pixels. */
const CELL = 24;

/**
 * Draws a chart as SVG: text, without scripts, styles, links and ids of data.
 * @param notes sentences that the picture has below the chart
 * @throws TelemetryError `failure` when echarts is not installed.
 */
export async function renderSvg(chart: Chart, notes: readonly string[] = chart.notes): Promise<string> {
  const { init } = await echarts();
  const instance = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: heightOf(chart) + notesHeight(notes),
  });
  try {
    instance.setOption(optionOf(chart, notes));
    return withoutStyles(instance.renderToSVGString());
  } finally {
    instance.dispose();
  }
}

function heightOf(chart: Chart): number {
  if (emptyText(chart) !== undefined) return HEIGHT / 2;
  if (chart.type === 'heatmap') return Math.max(HEIGHT / 2, AROUND_BARS + 48 + chart.rows.length * CELL);
  if ('rows' in chart) return AROUND_BARS + Math.max(2, chart.rows.length * chart.series.length) * BAR;
  return HEIGHT;
}

/** Styles of hovering, which a picture has none of; a `style` that CSP would refuse; attributes for scripts. */
const STYLE_ELEMENT = /<style\b[^>]*>[^]*?<\/style>/g;
const STYLE_ATTRIBUTE = / style="([^"]*)"/g;
const SCRIPT_ATTRIBUTE = / (?:class|ecmeta_\w+)="[^"]*"/g;

/** Ids, which echarts numbers by the pictures of the process: the same chart is the same file. */
const NUMBERED_ID = / (id="|[\w-]+="url\(#)zr\d+-/g;

/** Properties of `style` as attributes (SVG 2, section 6.6, presentation attributes). Text holds no quote, only `&quot;`. */
function withoutStyles(svg: string): string {
  return svg
    .replace(STYLE_ELEMENT, '')
    .replace(SCRIPT_ATTRIBUTE, '')
    .replace(NUMBERED_ID, ' $1chart-')
    .replace(STYLE_ATTRIBUTE, (_, style: string) => style.split(';').map(attributesOf).join(''));
}

function attributesOf(declaration: string): string {
  const at = declaration.indexOf(':');
  if (at < 0) return '';
  const [name, value] = [declaration.slice(0, at).trim(), declaration.slice(at + 1).trim()];
  if (name !== 'font') return ` ${name}="${value}"`;
  // The shorthand `font` is not a presentation attribute: style, weight, size and family are.
  const [, style = '', weight = '', size = '', family = ''] = /^(\S+) (\S+) (\S+) (.+)$/.exec(value) ?? [];
  return ` font-style="${style}" font-weight="${weight}" font-size="${size}" font-family="${family}"`;
}

/** echarts is optional: only pictures need it. */
async function echarts(): Promise<typeof import('echarts')> {
  try {
    return await import('echarts/dist/echarts.esm.min');
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw missing('echarts', cause);
  }
}

/** The error of a package that is not installed. */
export function missing(name: string, cause: unknown): TelemetryError {
  return new TelemetryError('failure', `a picture needs the package ${name}, which is not installed`, {
    remedy: `Install telemetry with its optional packages, or run npm install ${name} in its directory.`,
    cause,
  });
}
