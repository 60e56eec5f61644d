import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { openForReading } from '../../../store/database/store.js';
import type { Context } from '../../shared/context.js';
import { forceEnd } from '../../shared/forced-end.js';
import { readSqlFile } from '../../shared/sql-source.js';
import { runText } from './files.js';
import { runMeta } from './meta.js';
import type { ShellOptions } from './options.js';
import { Shell } from './shell.js';
import { converse } from './terminal.js';

/** Exit codes of signals: 128 and the number of the signal, as a system's shell has them. */
const SIGNAL_CODES: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGQUIT: 131, SIGTERM: 143, SIGHUP: 129 };

/** Talks to a person, or runs the statements of stdin or a file. */
export async function run(options: ShellOptions, context: Context): Promise<void> {
  // A store that is not there is an error now, not at the first statement.
  openForReading(options.store).close();
  const shell = new Shell(options, context, runMeta);
  const code = await talk(shell).finally(() => shell.close());
  context.exitWith(code);
  if (shell.hasRunaway) await forceEnd(process, code);
}

function talk(shell: Shell): Promise<number> {
  const { terminal } = shell.context.streams;
  return shell.options.file === undefined && terminal ? converse(shell, terminal) : runFile(shell);
}

/** Runs statements without a person. Returns the exit code of the first that failed. */
async function runFile(shell: Shell): Promise<number> {
  const { options, context } = shell;
  let ended: number | undefined;
  context.takeSignals(name => {
    const code = SIGNAL_CODES[name];
    if (code === undefined) return;
    // The second time, nothing is waited for.
    if (shell.isStopped) process.exit(code);
    ended = code;
    shell.isStopped = true;
    shell.interrupt();
  });
  const file = options.file === '-' ? undefined : options.file;
  const sql = file === undefined ? await text(context.streams.stdin) : await readSqlFile(file);
  const code = await runText(shell, sql, file === undefined ? 'stdin' : basename(file));
  return ended ?? code;
}
