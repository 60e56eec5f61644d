import leven from 'leven';
import { OTHER_NAMES } from './command-words.js';

/** Words that people try, with the matching command line and its purpose. */
const BY_MEANING: readonly (readonly [words: string, line: string, purpose: string])[] = [
  ['dump download save extract', 'telemetry export --to FILE', 'writes events to a file'],
  ['search grep find filter', 'telemetry tail --no-follow --grep TEXT', 'prints the events that contain a text'],
  [
    'compare differences explain-errors why bubbleup',
    'telemetry diff',
    'finds what sets some events apart from others',
  ],
  ['facet breakdown values top-values', 'telemetry facets', 'shows the most frequent values of each attribute'],
  ['pattern templates cluster drain', 'telemetry patterns', 'groups log messages by template'],
  ['join', 'telemetry query', 'joins in SQL, also with other files (--with name=FILE)'],
  ['log follow stream journal events', 'telemetry tail', 'prints events as they come in'],
  ['list ls show head last cat less', 'telemetry tail --no-follow', 'prints the last events'],
  ['errors error warnings', 'telemetry tail --level error', 'prints the errors'],
  ['trace traces span spans', 'telemetry query "from spans"', 'prints the spans of traces'],
  ['metric metrics', 'telemetry query "from metrics"', 'prints the metrics'],
  ['ask select shell repl duckdb db', 'telemetry query "select ..."', 'answers SQL'],
  [
    'count size usage info df du ps top health services',
    'telemetry stats',
    'shows the contents of the store and its server',
  ],
  ['columns fields tables table describe attributes keys types', 'telemetry schema', 'lists the columns to query'],
  ['start server up daemon listen receive collect collector agent', 'telemetry serve', 'starts the server'],
  ['stop kill down shutdown restart', 'telemetry stats', 'prints the pid of the server, which SIGTERM or Ctrl-C stops'],
  ['upload push post emit publish write put event', 'telemetry send', 'sends events'],
  ['load read add copy-in restore', 'telemetry ingest FILE', 'imports files of events'],
  ['exec wrap trace-run', 'telemetry run -- CMD', 'runs a command and keeps what it prints'],
  ['copy snapshot', 'telemetry backup DIR', 'copies the store'],
  ['remove rm clean purge drop expire truncate gc forget', 'telemetry prune', 'removes events'],
  ['ttl keep policy lifecycle', 'telemetry retention', 'sets how long events are kept'],
  ['vacuum optimize optimise merge', 'telemetry compact', 'merges the files of the archive'],
  ['flush rotate', 'telemetry seal', 'moves events into the archive'],
  ['check fsck doctor repair validate test lint', 'telemetry verify', 'checks the store for damage'],
  ['auth login key user users secret secrets tokens', 'telemetry token', 'creates and lists tokens'],
  ['settings set get env configure options', 'telemetry config', 'prints every setting and its origin'],
  ['init setup create new', 'telemetry serve', 'starts the server and creates the store'],
  ['example tutorial try quickstart', 'telemetry demo', 'shows the main commands on a temporary store'],
  ['man docs doc usage', 'telemetry help [command]', 'prints the help of a command'],
];

/**
 * A suggestion for an unknown command: by meaning first, else by spelling.
 * @param names the existing commands.
 * @returns a line, or undefined when there is nothing to suggest.
 */
export function suggestionFor(word: string, names: readonly string[]): string | undefined {
  if (/^\s*(select|from|with|describe|explain)\s/i.test(word)) {
    return `SQL goes to \`telemetry query\`: telemetry query ${JSON.stringify(word)}`;
  }
  const lower = word.toLowerCase();
  const usable = BY_MEANING.filter(([, line]) => names.includes(line.split(' ')[1] ?? ''));
  const byMeaning = (meaning: string): string | undefined => {
    const found = usable.find(([words]) => words.split(' ').includes(meaning));
    return found && `\`${found[1]}\` ${found[2]}.`;
  };
  const exact = byMeaning(lower);
  if (exact !== undefined) return exact;
  const near = nearest(lower, [...names, ...Object.keys(OTHER_NAMES)]);
  if (near !== undefined) return `(Did you mean ${near}?)`;
  if (!isLong(lower)) return undefined;
  const meantWord = nearest(lower, usable.flatMap(([words]) => words.split(' ')).filter(isLong));
  return meantWord === undefined ? undefined : byMeaning(meantWord);
}

/** True for a word that is long enough to recognize with a typing error. */
function isLong(word: string): boolean {
  return word.length >= 4;
}

/** The name that differs in one letter, two neighbours swapped included, or in one of each four letters of a long word. */
function nearest(word: string, names: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 4));
  const [best] = names.map(name => ({ name, distance: distance(word, name) })).sort((a, b) => a.distance - b.distance);
  return best && best.distance <= most ? best.name : undefined;
}

function distance(a: string, b: string): number {
  const swapped = Array.from({ length: Math.max(0, a.length - 1) }, (_, i) =>
    leven(a.slice(0, i) + a[i + 1]! + a[i]! + a.slice(i + 2), b),
  );
  return Math.min(leven(a, b), 1 + Math.min(...swapped, Infinity));
}
