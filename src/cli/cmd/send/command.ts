import { Option, type Command } from 'commander';
import { parseDuration } from '../../../core/duration.js';
import type { Manual, Start } from '../../context.js';
import type { TrustFiles } from '../../../client/trust.js';
import { formatOption, parsed, settingOption } from '../../options.js';
import { TRUST_SETTINGS, trustFiles } from '../../trust.js';

/** What `telemetry send` was asked for, settings included. */
export interface SendOptions {
  /** The arguments that make up one event; empty when events come from stdin. */
  readonly event: readonly string[];
  readonly store: string;
  /** Undefined when neither a flag nor a setting names one: the store's own server. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly trust: TrustFiles;
  /** How long to wait for a server that does not run yet, in milliseconds. */
  readonly wait: number | undefined;
  readonly format: 'text' | 'json';
  /** What stdin is read as: JSON values, or lines. */
  readonly type: 'json' | 'text';
  /** In bytes. */
  readonly maxEventBytes: number;
}

interface SendFlags {
  wait?: string;
  format?: string;
  type?: 'json' | 'text';
}

/** `telemetry send` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('send')
    .summary('send an event, or a stream of them')
    .description(
      'Sends one event made of its arguments, or a stream of JSON values from stdin, to a running server, and prints how many were stored.',
    )
    .argument('[event...]', 'a name, then field=text or field:=json; - or nothing for stdin')
    .addOption(settingOption('store'))
    .addOption(settingOption('url'))
    .addOption(settingOption('token'))
    .addOption(
      new Option(
        '--type <name>',
        'what stdin is: json values, or text, of which each line is an event (default: json)',
      ).choices(['json', 'text']),
    )
    .option('--wait <duration>', 'wait this long for a server that does not run yet')
    .addOption(formatOption(['text', 'json'], 'text, the count'));
  for (const key of TRUST_SETTINGS) command.addOption(settingOption(key));
  command.action(async (event: string[]) => {
    const flags = command.opts<SendFlags>();
    const context = await start(command.optsWithGlobals());
    const { settings } = context;
    const options: SendOptions = {
      event,
      store: settings.get('store'),
      url: settings.get('url'),
      token: settings.get('token'),
      trust: trustFiles(settings),
      wait: parsed('--wait', flags.wait, parseDuration),
      format: flags.format === 'json' ? 'json' : 'text',
      type: flags.type ?? 'json',
      maxEventBytes: settings.get('maxEventSize'),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry send login user=7 ok:=true', purpose: 'One event' },
      { line: 'telemetry send level=ERROR msg="disk full" free:=0', purpose: 'A log line' },
      { line: 'telemetry send < events.ndjson', purpose: 'A file of events' },
      { line: 'my-program | telemetry send --wait 30s', purpose: 'What a program prints, as it prints it' },
      { line: 'my-program | telemetry send --type text', purpose: 'The same, of lines that are not JSON' },
    ],
    notes: [
      'The first argument without "=" is the name of the event, whose type is then "event" unless type= says otherwise. field=text is sent as a string, field:=json as the JSON that it is: a number, true, null, a list. Each event made of arguments carries an event_id, so that sending it again after a lost reply stores it once.',
      'With --type text, a line of stdin that is a JSON object is that event, and any other is {"type":"log","msg":LINE}, as in telemetry ingest, run and watch.',
      'The server is the one that --url names, else the one that runs on the store, else http://127.0.0.1:4318. Over https it has to have a certificate of an authority that Node knows or --ca-cert names, for its name; the one on the store is known by the certificate itself.',
    ],
  };
}
