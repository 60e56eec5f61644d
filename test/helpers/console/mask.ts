import { stripVTControlCharacters } from 'node:util';

/** What differs from run to run, and the word that stands for it. The order matters: the longer forms come first. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?/g, '<time>'],
  [/\b\d\d:\d\d:\d\d(\.\d+)?\b/g, '<time>'],
  [/\btel_[\w-]+/g, '<token>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>'],
  [/(?<![.\w])(?:[0-9a-f]{32}|[0-9a-f]{16})\b/g, '<id>'],
  // The id of a token, of which one in forty has no letter.
  [/\b[0-9a-f]{8}(?= *│ *(?:ingest|query|read|admin)\b)/g, '<id>'],
  [/(127(\.\d+){3}|\blocalhost)(:\d+)?/g, '<address>'],
  [/(\/tmp\/[\w.-]+|\/home\/\w+)(?=[/\s"',│]|$)/g, '<dir>'],
  [/"(pid|stream|peak_memory_bytes|duration_ms|run_id)":("[^"]*"|[\d.]+)/g, '"$1":<n>'],
  [/\bpid \d+/g, 'pid <n>'],
  [/\bprocess \d+/g, 'process <n>'],
  [/\b(curl|telemetry|node)([/ ])\d+\.\d+\.\d+/g, '$1$2<version>'],
  [/\b\d[\d,.]* events?\/(s|min|h|day)\b/g, '<rate>'],
  [/\b\d[\d,.]* bytes an event, \d[\d,.]* times/g, '<n> bytes an event, <n> times'],
  [/\b\d[\d,.]* ?(B|kB|MB|GB|KiB|MiB|GiB)\b/g, '<size>'],
  // Whether SQLite's log had grown by then depends on the moment.
  [/the disk got (nothing back|back <size>)/g, 'the disk got <size>'],
  [/\b\d[\d,.]* ?(ns|µs|ms|s)\b/g, '<duration>'],
];

/** A line of a table's frame. */
const FRAME = /^[┌├└─┬┼┴┐┤┘╭╮╰╯]+$/;

/** Output as a terminal shows it when the command has ended; without colours and blank lines at the end. */
export function printable(lines: readonly string[]): string[] {
  const plain = lines.map(line => stripVTControlCharacters(line).replaceAll('\r', '').trimEnd());
  // ora, in a terminal that cannot move its cursor, prints its note as a line.
  const said = plain.filter(line => !/^- \S/.test(line));
  while (said.at(-1) === '') said.pop();
  return said;
}

/** Output as lines that two runs can be compared by: masked, and tables by their cells. */
export function comparable(lines: readonly string[], numbersVary = false): string[] {
  return printable(lines).map(line => masked(line, numbersVary));
}

function masked(line: string, numbersVary: boolean): string {
  if (FRAME.test(line)) return '<frame>';
  let text = line;
  for (const [pattern, word] of MASKS) text = text.replace(pattern, word);
  if (numbersVary) text = text.replace(/-?\b\d[\d,]*(\.\d+)?(e[+-]?\d+)?\b/g, '<n>');
  // Widths of cells and of labels follow what is masked in them.
  return text.replace(/ {2,}/g, ' ').replace(/ ?│ ?/g, '│');
}

/** True where the lines are those expected; a line `...` stands for any lines. */
export function matches(actual: readonly string[], expected: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return actual.length === 0;
  if (first === '...') return actual.some((_, at) => matches(actual.slice(at), rest)) || matches([], rest);
  return actual.length > 0 && actual[0] === first && matches(actual.slice(1), rest);
}
