import type { Command } from 'commander';
import type { ArchiveTuning } from '../../core/limits.js';
import type { Context, Start } from './context.js';
import { reportFormat, reportFormatOption, settingOption } from './options.js';
import type { ReportFormat } from './report.js';

/** The options of every command that works on the archive, settings included. */
export interface ArchiveCommandOptions extends Pick<ArchiveTuning, 'memory' | 'threads'> {
  readonly store: string;
  /** The value of --format; by default table on a terminal, else json. */
  readonly format: ReportFormat;
}

/** Adds the options of {@link ArchiveCommandOptions} to a command. */
export function addArchiveOptions(command: Command): Command {
  return command
    .addOption(settingOption('store'))
    .addOption(settingOption('archiveMemory'))
    .addOption(settingOption('archiveThreads'))
    .addOption(reportFormatOption());
}

/** Resolves these options and starts the command. */
export async function startArchiveCommand(
  command: Command,
  start: Start,
): Promise<{ options: ArchiveCommandOptions; context: Context }> {
  const { store, archiveMemory, archiveThreads, format } =
    command.optsWithGlobals<Record<string, string | undefined>>();
  const context = await start({ store, archiveMemory, archiveThreads });
  const { settings, streams } = context;
  const options = {
    store: settings.get('store'),
    memory: settings.get('archiveMemory'),
    threads: settings.get('archiveThreads'),
    format: reportFormat(format, streams),
  };
  return { options, context };
}
