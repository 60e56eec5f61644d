import { CommanderError, type Command } from 'commander';
import { EXIT, messageOf, TelemetryError } from '../core/errors.js';
import { troubleOf } from '../core/trouble.js';
import { commandLine } from './shared/command-words.js';
import type { Ending, Start, Surroundings } from './shared/context.js';
import type { Streams } from './shared/streams.js';
import { createProgram } from './program.js';

/** Runs one command line and reports errors on stderr. The only place that turns errors into exit codes. */
export async function runCommandLine(given: readonly string[], surroundings: Surroundings): Promise<Ending> {
  try {
    return { code: await runProgram(given, surroundings) };
  } catch (error) {
    return { code: await exitCodeOf(error, surroundings), error };
  }
}

async function runProgram(given: readonly string[], surroundings: Surroundings): Promise<number> {
  const { streams } = surroundings;
  let exitCode: number = EXIT.ok;
  const start: Start = async flags => {
    const { env, cwd } = surroundings;
    const { resolveSettings } = await import('./config/resolve.js');
    const settings = await resolveSettings({ flags, env, cwd });
    surroundings.onSettings?.(settings);
    return {
      ...surroundings,
      exitWith: code => (exitCode = code),
      settings,
      runOther: (args, changes) => runCommandLine(args, { ...surroundings, ...changes }),
    };
  };
  const said = { out: '', err: '' };
  const { args, command: called } = commandLine(given);
  const { program, manuals } = createProgram(start, called);
  for (const command of [program, ...manuals.map(manual => manual.command)]) {
    command.configureOutput({
      writeOut: text => (said.out += text),
      writeErr: text => (said.err += text),
      outputError: (text, write) => write(text.replace(/^error: /, 'telemetry: ')),
    });
  }
  try {
    await program.parseAsync(args.length > 0 ? args : ['--help'], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      await streams.out.write(said.out);
      await streams.err.write(
        error.code === 'commander.unknownCommand' ? await explained(said.err, program) : said.err,
      );
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    throw error;
  }
}

/** Commander's message for an unknown command, followed by a suggestion. */
async function explained(text: string, { args, commands }: Command): Promise<string> {
  const { suggestionFor } = await import('./shared/unknown-command.js');
  const suggestion = suggestionFor(
    args[0] ?? '',
    commands.map(command => command.name()),
  );
  return suggestion === undefined ? text : text.replace('\n', `\n${suggestion}\n`);
}

async function exitCodeOf(error: unknown, { streams, signal, env }: Surroundings): Promise<number> {
  if (streams.outClosed) return EXIT.ok;
  if (error instanceof TelemetryError) {
    await explain(streams, error);
    return EXIT[error.kind];
  }
  if (signal.aborted && error instanceof Error && error.name === 'AbortError') return EXIT.interrupted;
  const trouble = troubleOf(error);
  if (trouble) await explain(streams, new TelemetryError('failure', troubleText(trouble.reason, error), trouble));
  else await streams.err.write(defectText(error, env));
  return EXIT.failure;
}

async function explain({ err, errIsTerminal }: Streams, { kind, message, remedy }: TelemetryError): Promise<void> {
  const afterCtrlC = kind === 'interrupted' && errIsTerminal ? '\n' : ''; // the terminal shows it as ^C
  await err.write(`${afterCtrlC}telemetry: ${message}\n${remedy === undefined ? '' : `${remedy}\n`}`);
}

/** Turns an error of the operating system into a failure: it is not an internal error. */
function troubleText(reason: string, error: unknown): string {
  return `${reason} (${messageOf(error).split('\n', 1)[0]!})`;
}

function defectText(error: unknown, env: Surroundings['env']): string {
  const stack = error instanceof Error ? error.stack : undefined;
  const detail = env.TELEMETRY_DEBUG ? (stack ?? String(error)) : String(error);
  const hint = env.TELEMETRY_DEBUG ? '' : 'Set TELEMETRY_DEBUG=1 for a stack trace.\n';
  return `telemetry: internal error; please report it: ${detail}\n${hint}`;
}
