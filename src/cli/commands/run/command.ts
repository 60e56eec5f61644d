import { Option, type Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';
import { settingOption } from '../../shared/options.js';
import { serveOptions } from '../../shared/serve-options.js';
import { TRUST_SETTINGS, trustFiles } from '../../shared/trust.js';
import type { RunOptions } from './options.js';

/** `telemetry run` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('run')
    .summary('run a command and keep what it prints')
    .description(
      'Runs a command whose telemetry comes here: what it prints is passed through and stored as log events, its end as an event. ' +
        'Starts a receiver when none runs. Exits with the code of the command.',
    )
    .argument('<command...>', 'the command and its arguments, behind --')
    .passThroughOptions()
    .addOption(new Option('--service <name>', "the service_name of its events (default: the command's name)"))
    .addOption(settingOption('store'))
    .addOption(settingOption('url'))
    .addOption(settingOption('token'))
    .addOption(settingOption('maxEventSize'));
  for (const key of TRUST_SETTINGS) command.addOption(settingOption(key));
  command.action(async (words: [string, ...string[]]) => {
    const { service } = command.opts<{ service?: string }>();
    const context = await start(command.optsWithGlobals());
    const options: RunOptions = {
      command: words,
      service,
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
      { line: 'telemetry run -- npm test', purpose: 'Keep what a test run prints, and how it ended' },
      { line: 'telemetry run --service api -- node server.js', purpose: 'A service, with its OpenTelemetry SDK' },
      {
        line: `telemetry query "from events where name = 'command.exit'"`,
        purpose: 'How the commands ended',
      },
    ],
    notes: [
      'A line that is a JSON object is stored as that object; time, type, service_name, stream (stdout or stderr), command and pid are added behind its own keys where it has none of the name. Any other line is an event of type log with these fields and the text in msg. No level is made up: stderr is not an error as such. time is when the line was read. A line larger than an event becomes several, with partial_ordinal and partial_last; bytes that are no UTF-8 are in msg_base64.',
      'At its end comes an event command.exit with exit_code, signal, duration_ms and peak_memory_bytes: the largest resident set of any one of its processes, read from /proc every 50 ms, and sooner at first; null where that cannot be told: on a system without /proc, and for a command that was over within some milliseconds, before it was first looked at. Of the arguments nothing is stored: they may hold secrets.',
      'The command finds OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL (http/protobuf), OTEL_SERVICE_NAME and TELEMETRY_URL in its environment, with a token OTEL_EXPORTER_OTLP_HEADERS and TELEMETRY_TOKEN, and with --ca-cert, --client-cert and --client-key OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE and _CLIENT_KEY. Those that are set stay as they are, save what --service and --url say.',
      'Its stdout and stderr are pipes: some programs buffer or leave out colours then. Output is passed on before it is captured, byte for byte. Nothing that was captured is dropped: when the store is slower than the command for 8 MiB, the command waits. When the store cannot be written at all, the command runs on, and stderr says so. All is on disk before telemetry exits.',
      'The receiver comes up with the first connection, with more than 64 KiB of output, or after 250 ms, whichever is first; the address in the environment is there from the start. A command that is over before has its events stored without one, in a stream whose transport is run instead of http.',
      'SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 are passed on, each time; Ctrl-C in a terminal reaches the command by itself. A command that a signal ends gives 128 and its number, one that is not found 127, one that cannot be executed 126. What it leaves in the background is waited for while it holds the output open, as in a pipe; a signal then ends that.',
    ],
  };
}
