import { commandLine } from '../shared/command-words.js';

/** The actions of `telemetry schema`: they are no questions, and some write. */
const SCHEMA_ACTIONS = new Set(['register', 'list', 'show', 'rm', 'check']);

/** Options that need another lock on DuckDB, a file of the caller, or its terminal. */
const OWN_PROCESS = /^(?:--with|--out|--file|--chart|--watch|-[a-z]*[of])/;

/** A remote is asked with the variables of the caller, which may have its password. */
const REMOTE = /^--remote(?:=|$)/;

/**
 * True for a command line that a query process may answer: it reads the store, ends by itself, and needs neither files
 * nor stdin of its caller.
 */
export function isQuestion(given: readonly string[]): boolean {
  const { command, args: all } = commandLine(given);
  const end = all.indexOf('--');
  const args = end < 0 ? all : all.slice(0, end);
  if (args.includes('--no-server') || args.some(arg => REMOTE.test(arg))) return false;
  switch (command) {
    case 'query':
    case 'trace':
      return !args.some(arg => OWN_PROCESS.test(arg));
    case 'diff':
    case 'facets':
    case 'patterns':
    case 'stats':
      return true;
    case 'schema':
      return !args.some(arg => SCHEMA_ACTIONS.has(arg));
    case 'tail':
      return args.includes('--no-follow') && !args.some(arg => arg === '--follow' || /^-[a-z]*f/.test(arg));
    default:
      return false;
  }
}

/** True for a `telemetry tail`, which may follow. */
export function isTail(given: readonly string[]): boolean {
  return commandLine(given).command === 'tail';
}
