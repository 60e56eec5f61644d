/** The characters that a drawing is made of: block elements, braille patterns, or ASCII alone. */
export type GlyphStyle = 'blocks' | 'braille' | 'ascii';

/** Every character that a chart, a bar or a tree draws with. Each takes one terminal cell. */
export interface Glyphs {
  readonly style: GlyphStyle;
  /** A cell filled from the left, from empty to full in equal steps. */
  readonly fromLeft: readonly string[];
  /** A cell filled from the right, as `fromLeft`; the steps are coarser where the font has no character between. */
  readonly fromRight: readonly string[];
  /** A cell filled from below, from empty to full in equal steps. */
  readonly fromBelow: readonly string[];
  /** The steps of a sparkline from the lowest to the highest; the first is zero. */
  readonly spark: readonly string[];
  /** Shades of a cell, from empty to full. */
  readonly shades: readonly string[];
  /** The lines of axes, frames and trees. */
  readonly line: LineGlyphs;
  /** The points of the series of a chart, which tell series apart without colours. */
  readonly markers: readonly string[];
  /** The faint line that leads to a bar. */
  readonly lead: string;
  /** The end of a text that was cut. */
  readonly ellipsis: string;
  /** The mark of an error. */
  readonly error: string;
  /** The mark of what was folded or left out: times, as in `× 312`. */
  readonly times: string;
  /** The dash between the ends of a range. */
  readonly dash: string;
}

/** Lines, by the directions that meet in the cell. */
export interface LineGlyphs {
  readonly horizontal: string;
  readonly vertical: string;
  readonly downRight: string;
  readonly downLeft: string;
  readonly upRight: string;
  readonly upLeft: string;
  /** The corner of two axes. */
  readonly corner: string;
  /** A vertical line with a branch to the right, as for the children of a tree. */
  readonly verticalRight: string;
  /** A vertical line with a tick to the left, as on a value axis. */
  readonly verticalLeft: string;
  /** A horizontal line with a tick downwards, as on a time axis. */
  readonly horizontalDown: string;
  /** Two lines that cross. */
  readonly cross: string;
}

const BOX_LINES: LineGlyphs = {
  horizontal: '─',
  vertical: '│',
  downRight: '╭',
  downLeft: '╮',
  upRight: '╰',
  upLeft: '╯',
  corner: '└',
  verticalRight: '├',
  verticalLeft: '┤',
  horizontalDown: '┬',
  cross: '┼',
};

const BLOCKS: Glyphs = {
  style: 'blocks',
  fromLeft: [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  fromRight: [' ', '▕', '▕', '▐', '▐', '▐', '▐', '█', '█'],
  fromBelow: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  spark: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  shades: [' ', '░', '▒', '▓', '█'],
  line: BOX_LINES,
  markers: ['●', '○', '▲', '△', '■', '□', '◆', '◇'],
  lead: '·',
  ellipsis: '…',
  error: '✗',
  times: '×',
  dash: '–',
};

/** Braille adds the dots of its 2 x 4 cells to the lines and points of charts, and two values to a sparkline's cell. */
const BRAILLE: Glyphs = { ...BLOCKS, style: 'braille' };

const ASCII: Glyphs = {
  style: 'ascii',
  fromLeft: [' ', '-', '#'],
  fromRight: [' ', '-', '#'],
  fromBelow: [' ', '.', '#'],
  spark: ['_', '.', ':', '-', '=', '+', '*', '#'],
  shades: [' ', '.', ':', '+', '*', '#'],
  line: {
    horizontal: '-',
    vertical: '|',
    downRight: '.',
    downLeft: '.',
    upRight: "'",
    upLeft: "'",
    corner: '+',
    verticalRight: '|',
    verticalLeft: '+',
    horizontalDown: '+',
    cross: '+',
  },
  markers: ['*', 'o', '+', 'x', '#', '@', '%', '&'],
  lead: '.',
  ellipsis: '~',
  error: '!',
  times: 'x',
  dash: '-',
};

const STYLES: Readonly<Record<GlyphStyle, Glyphs>> = { blocks: BLOCKS, braille: BRAILLE, ascii: ASCII };

/** Returns the characters of a style. Blank braille is U+2800, which some fonts draw wider: blocks are the default. */
export function glyphsOf(style: GlyphStyle): Glyphs {
  return STYLES[style];
}

/** The lowest of the Braille Patterns (Unicode 16.0, chapter 21.1): no dot. The bits of a pattern are added to it. */
const BLANK_BRAILLE = 0x2800;

/** The bit of each dot, by its row from above and its column. */
const DOTS: readonly (readonly [left: number, right: number])[] = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/** The dots of a braille cell: columns and rows. */
export const BRAILLE_COLUMNS = 2;
export const BRAILLE_ROWS = 4;

/** Returns the bit of a dot in {@link brailleOf}. @param row from above, 0 to 3 @param column 0 or 1 */
export function brailleDot(row: number, column: number): number {
  return DOTS[row]?.[column] ?? 0;
}

/** Returns the braille pattern of the bits. Without a dot it is a space, which has one width in every font. */
export function brailleOf(bits: number): string {
  return bits === 0 ? ' ' : String.fromCharCode(BLANK_BRAILLE + bits);
}
