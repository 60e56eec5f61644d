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
    .summary('follow log files into the store')
    .description(
      'Stores each new line of log files as an event, through rotation and truncation, until it is stopped. ' +
        'Started again, it goes on where it was, without a gap and without a line twice. With or without a server.',
    )
    .argument('<file...>', 'files, also ones that are not there yet; patterns in quotes')
    .option('--from-start', 'at first sight, read files from their start (default: from their end)')
    .addOption(typeOption(LINE_FORMATS, 'text'))
    .addOption(patternOption())
    .option('--service <name>', 'the service_name of events that have none')
    .option(
      '--set <key=value>',
      'a key that events get that have none of the name; key:=json; may be repeated',
      collect,
    )
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
      { line: 'telemetry watch /var/log/nginx/access.log', purpose: 'Every new line, as a log event' },
      { line: `telemetry watch --from-start 'logs/**/*.log'`, purpose: 'All logs below a directory, also new ones' },
    ],
    notes: [
      'A line that is a JSON object is stored as it is, with the key file behind its last one, unless it has a file of its own. Any other line is {"type":"log","msg":LINE,"file":PATH}. A line is stored once its newline is there; what is unfinished when the watch stops waits for the next start. Line endings may be CRLF. Bytes that are no UTF-8 are replaced by U+FFFD. A line over --max-event-size is kept in pieces with the key part, counted from 1. The zero bytes that a program leaves at the start of a truncated file are left out.',
      'At first sight a file is read from its end, one that appears later from its start, and so is one that matches a pattern and appeared while nobody watched. After that, the place is kept with the events, in the same commit: the file is known by device, inode and the bytes at both ends of what was read. A file that was renamed is followed until the new one is written to and the old one has been silent for half a second (at most 5 seconds); then the new one is read from its start. One that was truncated is read from its start, and what was written before that and not read from the copy that was made of it, if there is one. What was rotated while nobody watched is looked for in the same directory, also compressed with gzip or zstd; when it is not found or damaged, the watch says so and goes on. A file that another one is put in the place of, with the same bytes and more, such as an editor does, goes on where it was. One that was removed is held open until it has been silent for a minute. A file that is truncated and grows again to the same bytes cannot be told from one that was not touched.',
      'A pattern is looked at each second. Compressed files and the rotated ones of a log that is followed (app.log.1) are left to their log; of several links to one file, one is followed. One watch at a time follows a file into a store; a second one is refused.',
      'While the server is away, the watch waits and goes on when it is back; ended meanwhile, it reads what is not stored at the next start. Without a server the watch is one itself, on a free port, until it stops. Nothing is printed on stdout; what happens to the files is told on stderr, a line each.',
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
