import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';
import { settingOption } from '../../shared/options.js';
import { serveOptions } from '../../shared/serve-options.js';
import { TRUST_SETTINGS, trustFiles } from '../../shared/trust.js';
import type { RunOptions } from './options.js';

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry run -- npm test', purpose: 'Store the output and the result of a test run' },
    { line: 'telemetry run --assert checks.sql -- npm test', purpose: 'Also fail it if a statement is not true' },
    {
      line: 'telemetry run --service api -- node server.js',
      purpose: 'Run a service that uses an OpenTelemetry SDK',
    },
    {
      line: `telemetry query "from events where name = 'command.exit'"`,
      purpose: 'List how commands ended',
    },
  ],
  notes: [
    'A line that is a JSON object is stored as that object; time, type, service_name, stream (stdout or stderr), command and pid are appended unless it has them. Any other line becomes an event of type log with these fields and the text in msg. No level is added, since output on stderr is not always an error. time is when the line was read. A line larger than the maximum event is split into several events, with partial_ordinal and partial_last; bytes that are not UTF-8 are stored in msg_base64.',
    'When the command ends, an event command.exit is stored with exit_code, signal, duration_ms and peak_memory_bytes, the largest resident set of any of its processes. It is sampled from /proc every 50 ms, more often at first, and is null without /proc or for a command that ends before the first sample. Arguments are not stored, since they may contain secrets.',
    'The environment of the command contains OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL (http/protobuf), OTEL_SERVICE_NAME and TELEMETRY_URL; with a token also OTEL_EXPORTER_OTLP_HEADERS and TELEMETRY_TOKEN; with --ca-cert, --client-cert and --client-key also OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE and _CLIENT_KEY. Variables that are already set keep their values, except those that --service and --url override.',
    'stdout and stderr of the command are pipes, so that some programs buffer their output or omit colours. Output is passed through unchanged before it is captured. Captured output is never dropped: once the store is 8 MiB behind, the command has to wait. If the store cannot be written at all, the command continues, and stderr reports it. Everything is on disk before telemetry exits.',
    '--assert FILE checks the statements of a file when the events of the command are on disk, as telemetry assert -f does, and prints those that are not true to stderr. $run_id in them is the run_id of the events of this run. The exit code is that of the command if it is not 0, else that of telemetry assert.',
    'The server starts with the first connection, after 64 KiB of output, or after 250 ms, whichever comes first; its address is in the environment from the start. The events of a command that ends earlier are stored without a server, in a stream whose transport is run instead of http.',
    'SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 are always passed on; Ctrl-C in a terminal reaches the command directly. The exit code is 128 plus the signal number for a command killed by a signal, 127 for one that is not found, and 126 for one that is not executable. Background processes of the command are waited for while they keep its output open, as in a pipe; a signal ends this wait.',
  ],
};

/** `telemetry run` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('run')
    .summary('run a command and store its output')
    .description(
      'Runs a command, passes its output through and stores it as log events, and stores its exit as an event. ' +
        'Starts a server if none runs, and exits with the exit code of the command.',
    )
    .argument('<command...>', 'the command and its arguments, after --')
    .passThroughOptions()
    .addOption(new Option('--service <name>', 'service_name of its events (default: the name of the command)'))
    .option('--assert <path>', 'check the statements in a file when the command has ended; see telemetry assert')
    .addOption(settingOption('store'))
    .addOption(settingOption('url'))
    .addOption(settingOption('token'))
    .addOption(settingOption('maxEventSize'));
  for (const key of TRUST_SETTINGS) command.addOption(settingOption(key));
  command.action(async (words: [string, ...string[]]) => {
    const { service, assert } = command.opts<{ service?: string; assert?: string }>();
    const context = await start(command.optsWithGlobals());
    const options: RunOptions = {
      command: words,
      service,
      url: context.settings.get('url'),
      assertFile: assert === undefined ? undefined : resolve(context.cwd, assert),
      trust: trustFiles(context.settings),
      server: serveOptions(context.settings),
    };
    const { run } = await import('./run.js');
    await run(options, context);
  });
  return { command, ...MANUAL };
}
