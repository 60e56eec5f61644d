import type { Command } from 'commander';
import { TelemetryError } from '../../core/errors.js';
import type { GlyphStyle } from '../../render/charts/glyphs.js';

/** The values of --braille and --ascii. */
export interface StyleFlags {
  braille?: boolean;
  ascii?: boolean;
}

/** Adds the options of a command that draws. */
export function addStyle(command: Command): Command {
  return command
    .option('--braille', 'draw with braille dots: finer, where the font has them at one width')
    .option('--ascii', 'draw with ASCII characters alone');
}

/** The characters to draw with. @throws TelemetryError `usage` for both options. */
export function styleOf({ braille, ascii }: StyleFlags): GlyphStyle {
  if (braille && ascii) throw new TelemetryError('usage', '--braille and --ascii exclude each other');
  return ascii ? 'ascii' : braille ? 'braille' : 'blocks';
}
