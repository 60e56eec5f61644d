import { chooseArchive } from '../../../store/archive/seal/choose-format.js';
import { TelemetryError } from '../../../core/errors.js';
import { startServer } from '../../../server/server.js';
import { type RunningServer } from '../../../server/server-options.js';
import { addressShown } from '../../config/listen-address.js';
import { scrapeTargetShown } from '../../config/scrape-target.js';
import type { Context } from '../../shared/context.js';
import { VERSION } from '../../shared/version.js';
import { Activity } from './activity.js';
import type { ServeOptions } from '../../shared/serve-options.js';
import { RefusalLog } from './refusal-log.js';
import { StatusLine } from '../../shared/status-line.js';

/** The promise of each durability, for the banner. */
const PROMISES: Readonly<Record<ServeOptions['durability'], string>> = {
  fsync: 'an ack is sent once the event is on disk (fsync)',
  os: 'an ack is sent once the operating system has the event (os): it survives a crash of telemetry, not a power cut',
  none: 'an ack is sent once the operating system has the event (none): a power cut can damage the store',
};

/** Maximum interval between two lines about refusals for the same reason, in milliseconds: shorter for a terminal. */
const MAX_REFUSAL_INTERVAL_MS = { terminal: 1000, file: 60_000 };

/** Serves until the first SIGINT or SIGTERM. */
export async function run(options: ServeOptions, { streams, signal, onHangUp }: Context): Promise<void> {
  const { scrape, hostMetrics, syslog, statsd } = options;
  const status = new StatusLine(streams.err, () => (streams.canRedraw ? streams.errColumns : undefined));
  const log = (text: string): void => status.print(`telemetry: ${text}`);
  const { terminal, file } = MAX_REFUSAL_INTERVAL_MS;
  const refusals = new RefusalLog(log, streams.errIsTerminal ? terminal : file);
  const activity = streams.errIsTerminal ? new Activity(status) : undefined;
  const server = await startServer({
    ...options,
    version: VERSION,
    sources: { scrape, hostMetrics, syslog, statsd },
    log,
    observer: {
      refused: (...refusal) => refusals.report(...refusal),
      ...(activity && { stored: (opening, events) => activity.stored(opening, events) }),
    },
  });
  if (options.tls) onHangUp(() => log(renewed(() => server.renewCertificate())));
  try {
    chooseArchive(options.store, { kind: options.archiveKind, compression: options.archiveCompression }, log);
    const { redact } = options.privacy;
    const redacted =
      redact.length === 0 ? '' : (await import('../../../processors/redact/detectors.js')).redactionShown(redact);
    await streams.err.write(banner(server, options, redacted));
    await Promise.race([server.failed, aborted(signal)]);
  } finally {
    activity?.close();
    await streams.err.write('stopping: committing all received events\n');
    await server.stop();
    refusals.close();
  }
}

/** The banner: the address, the durability, the sources and an example request. */
function banner(server: RunningServer, options: ServeOptions, redacted: string): string {
  const { scrape, hostMetrics, syslog, statsd } = options;
  const { url } = server;
  const token = !server.needsToken() ? '' : ` -H 'Authorization: Bearer '"$TELEMETRY_TOKEN"`;
  return [
    `telemetry ${VERSION} listens on ${url}`,
    `store:      ${options.store}`,
    `durability: ${PROMISES[options.durability]}`,
    ...(server.otlpGrpc === undefined ? [] : [`otlp grpc:  ${server.otlpGrpc}`]),
    ...(server.readTokenFile === undefined ? [] : [`queries:    ${url}/api/query, token in ${server.readTokenFile}`]),
    ...scrape.map(target => `scrape:     ${scrapeTargetShown(target)}`),
    ...(syslog
      ? [`syslog:     ${addressShown({ ...syslog, port: server.ports.syslog! })}, ${syslog.protocols.join(' and ')}`]
      : []),
    ...(statsd
      ? [
          `statsd:     ${addressShown({ ...statsd, port: server.ports.statsd! })}, stored every ${statsd.intervalMs / 1000} s`,
        ]
      : []),
    ...(redacted === '' ? [] : [`redacted:   ${redacted}`]),
    ...(hostMetrics === undefined ? [] : [`host:       measured every ${hostMetrics / 1000} s`]),
    '',
    'Send an event:',
    `  curl${token} -d '{"type":"log","level":"INFO","msg":"hi mom"}' ${url}`,
    '',
    '',
  ].join('\n');
}

/** Reloads the certificate on SIGHUP and returns a message about the result. */
function renewed(renew: () => void): string {
  try {
    renew();
    return 'reloaded the certificate; new connections use it';
  } catch (error) {
    if (!(error instanceof TelemetryError)) throw error;
    return `cannot reload the certificate and keeps the old one: ${error.message}`;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
