import type { Command } from 'commander';
import { TelemetryError } from '../../../core/errors.js';
import type { Manual, Start } from '../../shared/context.js';
import { LINE_FORMATS, type LineInputFormat } from '../../../core/input-format.js';
import type { LogFormat } from '../../../sources/follow/log-reader.js';
import { membersIn, noPattern, patternOption, typeOption } from '../../shared/line-options.js';
import { collect, settingOption } from '../../shared/options.js';
import { serveOptions } from '../../shared/serve-options.js';
import { TRUST_SETTINGS, trustFiles } from '../../shared/trust.js';
import type { WatchCommandOptions } from './options.js';

interface WatchFlags {
  fromStart?: boolean;
  type?: LineInputFormat;
  pattern?: string;
  service?: string;
  set?: string[];
}

/** `telemetry watch` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('watch')
    .summary('follow log files and store new lines')
    .description(
      'Follows log files through rotation and truncation, and stores each new line as an event. ' +
        'After a restart it resumes without gaps or duplicates. Works with or without a server.',
    )
    .argument('<file...>', 'files, even if they do not exist yet, or quoted patterns')
    .option('--from-start', 'read new files from their start (default: from their end)')
    .addOption(typeOption(LINE_FORMATS, 'text'))
    .addOption(patternOption())
    .option('--service <name>', 'service_name for events without one')
    .option('--set <key=value>', 'key to add to events that lack it; key:=json for a JSON value; repeatable', collect)
    .addOption(settingOption('store'))
    .addOption(settingOption('url'))
    .addOption(settingOption('token'))
    .addOption(settingOption('maxEventSize'));
  for (const key of TRUST_SETTINGS) command.addOption(settingOption(key));
  command.action(async (names: string[]) => {
    const flags = command.opts<WatchFlags>();
    const context = await start(command.optsWithGlobals());
    const options: WatchCommandOptions = {
      names,
      isFromStart: flags.fromStart === true,
      as: readingIn(flags),
      members: membersIn(flags),
      url: context.settings.get('url'),
      trust: trustFiles(context.settings),
      server: serveOptions(context.settings),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry watch /var/log/nginx/access.log', purpose: 'Store each new line as a log event' },
      {
        line: `telemetry watch --from-start 'logs/**/*.log'`,
        purpose: 'Follow all logs below a directory, including new ones',
      },
    ],
    notes: [
      'A line that is a JSON object is stored as it is, with the key file appended unless it has one. Any other line becomes {"type":"log","msg":LINE,"file":PATH}. A line is stored once its newline has been written; an incomplete last line is left for the next start. Line endings may be CRLF. Bytes that are not UTF-8 are replaced by U+FFFD. A line over --max-event-size is split into parts, numbered by the key part from 1. Leading zero bytes of a truncated file are skipped.',
      'A new file is read from its end. A file that appears later is read from its start, and so is one that matches a pattern and appeared while the watch was not running. Each commit stores the events together with the offset; the file is recognized by device, inode and the bytes at both ends of the part that was read. A renamed file is followed until the new file is written to and the old one has been idle for half a second (at most 5 seconds); then the new one is read from its start. A truncated file is read from its start; unread data from before the truncation is read from its copy, if there is one. Files rotated while the watch was not running are searched for in the same directory, including gzip and zstd files; if one is missing or damaged, the watch logs it and continues. A file that is replaced by one with the same bytes and more, as editors do, continues at the same offset. A removed file is kept open until it has been idle for a minute. A file that is truncated and grows to the same bytes again cannot be distinguished from an untouched one.',
      'Patterns are evaluated every second. Compressed files and rotated files of a followed log (app.log.1) are handled as part of that log; of several links to one file, one is followed. Only one watch at a time can follow a file into a store; a second one fails.',
      'While the server is unreachable, the watch waits; if it is stopped meanwhile, it reads the remaining lines at the next start. Without a server, the watch runs one itself on a free port until it stops. It prints nothing on stdout, and one line per file event on stderr.',
    ],
  };
}

function readingIn({ type, pattern }: WatchFlags): LogFormat | undefined {
  if (pattern !== undefined && type !== undefined && type !== 'regex') {
    throw new TelemetryError('usage', `--pattern is for --type regex, not ${type}`);
  }
  if (type === 'regex' && pattern === undefined) throw noPattern();
  const reading = pattern === undefined ? type : 'regex';
  return reading && { reading, pattern };
}
