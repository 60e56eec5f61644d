import { createRequire } from 'node:module';
import { codeOf } from '../../core/errors.js';
import { FONT } from './option.js';
import { missing } from './svg.js';

/** Pixels of the picture for each of the SVG: sharp on usual screens. */
const ZOOM = 2;

/** Scripts that DejaVu does not have, and emoji: the fonts of the system are searched only for them. */
const BEYOND_FONT =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Devanagari}\p{Extended_Pictographic}]/u;

/**
 * Draws an SVG as PNG with the font of the package dejavu-fonts-ttf.
 * @throws TelemetryError `failure` when resvg or the font is not installed.
 */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await resvg();
  const picture = new Resvg(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: ZOOM },
    font: { fontFiles: fontFiles(), loadSystemFonts: BEYOND_FONT.test(svg), defaultFontFamily: FONT },
  });
  return picture.render().asPng();
}

/** resvg is optional: only PNG needs it. */
async function resvg(): Promise<typeof import('@resvg/resvg-js')> {
  try {
    return await import('@resvg/resvg-js');
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw missing('@resvg/resvg-js', cause);
  }
}

function fontFiles(): string[] {
  const { resolve } = createRequire(import.meta.url);
  try {
    return ['DejaVuSans', 'DejaVuSans-Bold'].map(name => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`));
  } catch (cause) {
    if (codeOf(cause) !== 'MODULE_NOT_FOUND') throw cause;
    throw missing('dejavu-fonts-ttf', cause);
  }
}
