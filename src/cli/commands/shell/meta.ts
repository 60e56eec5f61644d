import { EXIT, TelemetryError } from '../../../core/errors.js';
import { isMetaName, META_COMMANDS, type MetaCommand, type MetaName } from '../../../shell/meta-command.js';
import { SETTING_NAMES, switched } from '../../../shell/settings.js';
import { describeTable, listFunctions, listTables } from './describe.js';
import { changeDirectory, edit, runScript, shellOut, writeBuffer } from './files.js';
import type { Shell } from './shell.js';
import { openDestination } from './sink.js';
import { watch } from './watch.js';

/** Runs one command. Resolves to its exit code; to any other value for 0. */
type MetaAction = (shell: Shell, command: MetaCommand) => Promise<unknown>;

const ACTIONS: Readonly<Record<MetaName, MetaAction>> = {
  q: async shell => {
    shell.isOver = true;
    await shell.closeDestination();
  },
  '?': shell => shell.context.streams.out.write(helpText()),
  g: (shell, { rest }) => runAgain(shell, rest, {}),
  gx: (shell, { rest }) => runAgain(shell, rest, { isExpanded: true }),
  watch: (shell, { args }) => watch(shell, args),
  chart: async (shell, { rest }) => {
    const isOptions = rest.startsWith('-');
    const sql = rest === '' || isOptions ? bufferOrLast(shell) : rest;
    const options = isOptions ? rest.split(/\s+/) : [];
    return shell.command(['chart', ...shell.rangeArgs(), ...options, ...shell.sqlArgs(sql.replace(/;\s*$/, ''))]);
  },
  trace: (shell, { args }) => shell.command(['trace', ...shell.rangeArgs(), ...args]),
  saved: shell => shell.command(['saved', 'list', '--store', shell.options.store]),
  p: shell => shell.context.streams.out.write(`${shell.input.text.trim() || shell.last || 'Nothing was typed yet.'}\n`),
  r: shell => done(() => shell.input.clear()),
  e: (shell, { args }) => edit(shell, args[0]),
  w: async (shell, { args, text }) =>
    done(() => writeBuffer(needed(args[0], text, 'FILE'), bufferOrLast(shell, false))),
  s: shell =>
    shell.context.streams.out.write(
      [...shell.history()]
        .reverse()
        .map(entry => `${entry}\n`)
        .join(''),
    ),
  i: async (shell, { args, text }) => runScript(shell, needed(args[0], text, 'FILE')),
  o: async (shell, { rest }) => {
    await shell.closeDestination();
    if (rest !== '') shell.destination = openDestination(rest);
  },
  once: async (shell, { rest, text }) => shell.writeNextTo(openDestination(needed(rest || undefined, text, 'FILE'))),
  echo: (shell, { args }) => shell.context.streams.out.write(`${args.join(' ')}\n`),
  '!': (shell, { rest }) => shellOut(shell, rest),
  cd: (_shell, { args }) => done(() => changeDirectory(args[0])),
  d: (shell, { args }) => (args[0] === undefined ? listTables(shell, undefined, false) : describeTable(shell, args[0])),
  dt: (shell, { args }) => listTables(shell, args[0], false),
  dv: (shell, { args }) => listTables(shell, args[0], true),
  df: (shell, { args }) => listFunctions(shell, args[0]),
  l: shell => shell.command(['stats', '--store', shell.options.store]),
  x: async (shell, { args }) => {
    shell.settings.set('expanded', args[0]);
    await said(shell, `Expanded display is ${shell.settings.get('expanded')}.`);
  },
  timing: async (shell, { args }) => {
    shell.settings.showsTiming = switched('timing', args[0], shell.settings.showsTiming);
    await said(shell, `Timing is ${shell.settings.showsTiming ? 'on' : 'off'}.`);
  },
  pset: async (shell, { args: [name, ...values] }) => {
    if (name === undefined) {
      const width = Math.max(...SETTING_NAMES.map(setting => setting.length));
      const lines = SETTING_NAMES.map(setting => `${setting.padEnd(width)}  ${shell.settings.get(setting)}`.trimEnd());
      return shell.context.streams.out.write(`${lines.join('\n')}\n`);
    }
    return change(shell, name, values.length === 0 ? undefined : values.join(' '));
  },
  set: async (shell, { args: [name, ...values] }) => {
    if (name !== undefined) {
      const value = values.length === 0 ? 'on' : values.join(' ');
      return done(() => shell.settings.setVariable(name, value));
    }
    const lines = shell.settings.variables.map(([variable, value]) => `${variable} = '${value}'\n`);
    return shell.context.streams.out.write(lines.join(''));
  },
  unset: async (shell, { args, text }) => done(() => shell.settings.unsetVariable(needed(args[0], text, 'NAME'))),
  since: (shell, { args }) => change(shell, 'since', args.join(' ')),
  until: (shell, { args }) => change(shell, 'until', args.join(' ')),
};

/** Runs a command of the shell. Returns its exit code. @throws TelemetryError `usage` for one that does not exist. */
export async function runMeta(shell: Shell, command: MetaCommand): Promise<number> {
  const { name, args, text } = command;
  if (name === 'd+' && args[0] !== undefined) {
    return shell.command(['schema', '--store', shell.options.store, args[0]]);
  }
  const plain = name.replace(/\+$/, '');
  if (isMetaName(plain)) {
    const ended = await ACTIONS[plain](shell, { ...command, name: plain });
    return typeof ended === 'number' ? ended : EXIT.ok;
  }
  throw new TelemetryError('usage', `${/^\S*/.exec(text)![0]} is not a command`, {
    remedy: 'The commands are listed by \\?.',
  });
}

/** Work without waiting, as an action. */
async function done(work: () => void): Promise<void> {
  await Promise.resolve();
  work();
}

/** The unfinished statement, else the last one. @param takes false to leave the unfinished one. */
function bufferOrLast(shell: Shell, takes = true): string {
  const text = takes ? shell.input.take() : shell.input.text.trim();
  if (text !== '') return text;
  if (shell.last !== '') return shell.last;
  throw new TelemetryError('usage', 'nothing was typed yet', { remedy: 'Type one first.' });
}

async function runAgain(shell: Shell, target: string, changes: { readonly isExpanded?: boolean }): Promise<number> {
  const sql = bufferOrLast(shell);
  if (target === '') return shell.statement(sql, changes);
  const destination = openDestination(target);
  try {
    return await shell.statement(sql, { ...changes, destination });
  } finally {
    await destination.close();
  }
}

async function change(shell: Shell, name: string, value: string | undefined): Promise<void> {
  const setting = shell.settings.set(name, value);
  const shown = shell.settings.get(setting);
  await said(shell, shown === '' ? `${setting} is not set.` : `${setting} is ${shown}.`);
}

/** Confirms a change to a person; a script has no use for it. */
async function said(shell: Shell, text: string): Promise<void> {
  if (shell.context.streams.terminal) await shell.context.streams.out.write(`${text}\n`);
}

function needed(arg: string | undefined, text: string, name: string): string {
  if (arg !== undefined) return arg;
  throw new TelemetryError('usage', `${text.trim()} needs ${name}`);
}

function helpText(): string {
  const lines = Object.entries(META_COMMANDS).map(([name, { args, help }]) => {
    const call = `\\${name} ${args}`.trimEnd();
    return `  ${call.padEnd(24)} ${help}`;
  });
  return [
    'Type SQL and end it with a semicolon. Tab completes, Ctrl-C cancels, Ctrl-D quits.',
    '',
    ...lines,
    '',
    'The dot commands of duckdb work too: .tables, .schema, .mode, .timer, .read, .output, .quit.',
    `Settings of \\pset: ${SETTING_NAMES.join(', ')}.`,
    '',
  ].join('\n');
}
