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
    .summary('send one event, or a stream of events')
    .description(
      'Sends one event from its arguments, or a stream of JSON values from stdin, and prints the number stored.',
    )
    .argument('[event...]', 'a name and field=text or field:=json, or JSON; - or nothing for stdin')
    .addOption(settingOption('store'))
    .addOption(settingOption('url'))
    .addOption(settingOption('token'))
    .addOption(
      new Option('--type <name>', 'format of stdin: json values, or text, one event per line (default: json)').choices([
        'json',
        'text',
      ]),
    )
    .option('--wait <duration>', 'wait this long for a server to start')
    .addOption(reportFormatOption('the count only'));
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
      { line: 'telemetry send login user=7 ok:=true', purpose: 'Send an event' },
      { line: 'telemetry send level=ERROR msg="disk full" free:=0', purpose: 'Send a log line' },
      { line: `telemetry send '{"type":"log","level":"INFO","msg":"hi mom"}'`, purpose: 'Send an event as JSON' },
      { line: 'telemetry send < events.ndjson', purpose: 'Send a file of events' },
      { line: 'my-program | telemetry send --wait 30s', purpose: 'Send JSON that a program prints, as it prints it' },
      { line: 'my-program | telemetry send --type text', purpose: 'Send its output as text lines' },
    ],
    notes: [
      'A first argument without "=" is the name of the event; its type is then "event" unless type= is given. field=text is sent as a string, field:=json as JSON: a number, true, null or a list. Each such event has an event_id, so that sending it again after a lost reply does not store it twice. Arguments that are JSON objects are sent unchanged, each as an event; of a JSON array, each element is an event.',
      'With --type text, a line of stdin that is a JSON object is sent as that event, any other line as {"type":"log","msg":LINE}, as in telemetry ingest, run and watch.',
      'Events go to the server of --url, else to the server of the store. Without a running server, this process stores them itself if --store, TELEMETRY_STORE or a config file names the store; otherwise they go to http://127.0.0.1:4318. A URL from a later source than the store, such as TELEMETRY_URL with --store, is ignored. Over https, the certificate must match the host name and be signed by an authority that Node or --ca-cert trusts; the server of the store is recognized by the certificate itself.',
    ],
  };
}
