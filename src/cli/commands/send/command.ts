import { Option, type Command } from 'commander';
import { parseDuration } from '../../../core/duration.js';
import type { Manual, Start } from '../../shared/context.js';
import { parsed, reportFormatOption, settingOption } from '../../shared/options.js';
import { deliveryOptions } from '../../shared/delivery-options.js';
import type { ReportFormat } from '../../shared/report.js';
import { TRUST_SETTINGS } from '../../shared/trust.js';
import { serveOptions } from '../../shared/serve-options.js';
import type { SendOptions } from './options.js';

interface SendFlags {
  wait?: string;
  format?: ReportFormat;
  type?: 'json' | 'text';
}

/** `telemetry send` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('send')
    .summary('send an event, or a stream of them')
    .description(
      'Sends one event made of its arguments, or a stream of JSON values from stdin, and prints how many were stored.',
    )
    .argument('[event...]', 'a name, then field=text or field:=json; or JSON; - or nothing for stdin')
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
    .addOption(reportFormatOption('the count alone'));
  for (const key of TRUST_SETTINGS) command.addOption(settingOption(key));
  command.action(async (event: string[]) => {
    const flags = command.opts<SendFlags>();
    const context = await start(command.optsWithGlobals());
    const { settings } = context;
    const options: SendOptions = {
      event,
      ...deliveryOptions(settings, serveOptions),
      wait: parsed('--wait', flags.wait, parseDuration),
      format: flags.format,
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
      { line: `telemetry send '{"type":"log","level":"INFO","msg":"hi mom"}'`, purpose: 'An event as JSON' },
      { line: 'telemetry send < events.ndjson', purpose: 'A file of events' },
      { line: 'my-program | telemetry send --wait 30s', purpose: 'What a program prints, as it prints it' },
      { line: 'my-program | telemetry send --type text', purpose: 'The same, of lines that are not JSON' },
    ],
    notes: [
      'The first argument without "=" is the name of the event, whose type is then "event" unless type= says otherwise. field=text is sent as a string, field:=json as the JSON that it is: a number, true, null, a list. Each event made of such arguments carries an event_id, so that sending it again after a lost reply stores it once. Arguments that are JSON objects are sent as they are, each an event.',
      'With --type text, a line of stdin that is a JSON object is that event, and any other is {"type":"log","msg":LINE}, as in telemetry ingest, run and watch.',
      'The server is the one that --url names, else the one that runs on the store. Without one, a store that --store, TELEMETRY_STORE or a config file names gets the events from this process; where none is named, http://127.0.0.1:4318 does. A URL that is named less closely than the store, such as TELEMETRY_URL beside --store, does not count. Over https it has to have a certificate of an authority that Node knows or --ca-cert names, for its name; the one on the store is known by the certificate itself.',
    ],
  };
}
