import type { Command } from 'commander';
import type { Manual, Start } from '../../shared/context.js';
import { settingOptions } from '../../shared/options.js';
import { serveOptions } from '../../shared/serve-options.js';

const SETTINGS_USED = [
  'store',
  'host',
  'port',
  'durability',
  'maxEventSize',
  'token',
  'allowAnonymous',
  'cors',
  'allowHost',
  'idleTimeout',
  'queueSize',
  'queryProcesses',
  'scrape',
  'hostMetrics',
  'otlpGrpc',
  'syslog',
  'statsd',
  'statsdGauges',
  'rateLimit',
  'archive',
  'archiveCompression',
  'sealEvents',
  'sealAfter',
  'archiveMemory',
  'archiveThreads',
  'retentionEvery',
  'truncateOversize',
  'tlsCert',
  'tlsKey',
  'tlsClientCa',
  'requireTls',
  'redact',
  'hash',
  'drop',
  'denyType',
  'keepHeader',
] as const;

const MANUAL: Omit<Manual, 'command'> = {
  examples: [
    { line: 'telemetry serve', purpose: 'Receive on 127.0.0.1:4318' },
    {
      line: `curl -d '{"type":"log","level":"INFO","msg":"hi mom"}' localhost:4318`,
      purpose: 'Send an event',
    },
    {
      line: 'telemetry serve --store ./telemetry --port 0',
      purpose: 'Use a store in this directory and any free port',
    },
    { line: 'telemetry serve --syslog --statsd', purpose: 'Receive syslog and statsd as well' },
    { line: 'telemetry serve --scrape localhost:9100=15s', purpose: 'Scrape a Prometheus exporter as well' },
    { line: 'telemetry serve --archive ndjson', purpose: 'Keep events in compressed NDJSON files' },
    {
      line: 'TELEMETRY_TOKEN=s3cret telemetry serve --host 0.0.0.0',
      purpose: 'Receive from other machines, with a token',
    },
    {
      line: 'telemetry serve --tls-cert cert.pem --tls-key key.pem --require-tls',
      purpose: 'Accept only TLS',
    },
    { line: 'telemetry serve --redact email,ip --drop user.address', purpose: 'Keep personal data out of the store' },
  ],
  notes: [
    'POST / accepts a sequence of JSON values (NDJSON, pretty-printed or concatenated), a JSON array, CSV, or text lines. The reply is the number of stored events, preceded by the reason after an error. A text/plain body that is valid JSON is parsed as JSON; ?format=text keeps it as text. An OTLP request among the JSON values is stored as its spans, log records and data points. A WebSocket on any path accepts one event per message and answers with the running total.',
    'POST /v1/telemetry/events accepts activity events, POST /api/collect and /api/collect/KIND accept source envelopes, POST /metrics/v1/save accepts wide events. The server validates the whole request, up to 16 MiB, before it stores any of its events; of wide events it stores the valid ones.',
    '--scrape accepts a URL as Prometheus does: http:// and /metrics are optional. Each sample becomes an event of type metric with the labels as keys; a histogram or summary becomes one event per series. In a config file, a target can be an object with url, interval, timeout, job, token and labels.',
    'OpenTelemetry SDKs send to this server by default: POST /v1/traces, /v1/logs and /v1/metrics accept OTLP in protobuf and JSON. When the port is 4318, port 4317 of the same host accepts OTLP over gRPC; if that port is in use, the server logs it and runs without gRPC. Each span, log record and data point becomes an event.',
    'POST /api/v1/write accepts Prometheus remote write 1.0 and 2.0. Each sample becomes an event of type metric, as in a scrape.',
    'telemetry query, stats, schema and tail --no-follow of the same user are answered by query processes of the server, which the first question starts and which end after five minutes without one; --no-server reads the store in the own process. Over HTTP, POST /api/query takes {"sql": ...}; GET /api/schema, /api/stats and /api/tail read as well. They need a token with the scope read, or the one in read.token in the store, which a server creates when it starts.',
    'Bodies may be compressed with gzip, deflate, br or zstd.',
    'The server logs rejected requests with the reason, at most one line per reason and second. On a terminal it also shows the first event of each sender and the event rate.',
    'The store remembers --archive. parquet is small and fast to query; ndjson and csv are files that any program can read; duckdb is one database, archive/events.duckdb; none keeps all events in telemetry.db. A new format applies to events sealed from then on; telemetry archive convert converts the existing ones.',
    'A non-loopback address needs a token (see telemetry token), --token or --allow-anonymous.',
    'The server stores the values of request headers that never hold credentials, such as User-Agent and Traceparent, and *** for all others. --keep-header adds names to the first group.',
    'With --tls-cert and --tls-key the server accepts TLS 1.2 and 1.3 on its port, next to plain HTTP. With --require-tls, plain HTTP gets 426. With --tls-client-ca, every sender must present a certificate signed by one of these authorities, and plain HTTP gets 426 as well. SIGHUP reloads the files: new connections use the new certificate, open ones continue. telemetry send recognizes the server of its store by the certificate itself, whoever signed it.',
    '--redact, --hash, --drop and --deny-type act before anything is written, for every transport, and also on the address, path and headers of a stream. A path is a column name: keys joined by dots, in any case; paths reach into arrays. A detected value becomes the name of its detector, such as [email]; a redacted field becomes [redacted]; a hashed field becomes 32 hexadecimal digits of an HMAC keyed with a secret of the store. An event_id that would become a label is hashed instead. Events of a denied type are acknowledged but not stored. /metrics counts each of these.',
    'email detects addresses with a dot in the domain, and those at localhost, an IPv4 address or [an address], with the at sign as @, its wide forms, %40, &#64; or \\u0040. ip detects IPv4 addresses as four numbers up to 255, and IPv6 addresses in every form of RFC 4291, including IPv4-mapped, in URLs and percent-encoded; a zone after % is kept. credit-card detects 13 to 19 digits with an issuer prefix and a valid check digit (Luhn): without separators, with a space or hyphen between groups, or in the groups of a card (4-4-4-4, 4-6-5, 4-6-4) with any one character between them, and JSON numbers of that value. iban detects numbers of the countries in the ISO 13616 registry with valid check digits, unbroken or in groups of four.',
    'jwt detects the compact form of RFC 7519 with a JSON header that names an algorithm. aws-key detects access key ids (AKIA, ASIA, ABIA, ACCA), and secret access keys and session tokens that follow their name or an id or are the value of a key of that name. github-token detects ghp_, gho_, ghu_, ghs_, ghr_ and github_pat_. private-key detects PEM (RFC 7468) and PGP keys from BEGIN to END, even when truncated. phone detects international numbers after + or 00, North American numbers with parentheses, hyphens or dots, and grouped numbers that begin with 0; digits without separators only as the value of a name such as phone, mobile, tel or fax. secrets is jwt, aws-key, github-token, private-key, iban and phone.',
    'All of these detectors search strings, keys, numbers and binary messages, including text that is percent-encoded, escaped as JSON or HTML, or JSON inside a string. They do not search base64 or compressed data inside an event, IPv4 addresses as one number, in octal or in hexadecimal, or a private key whose lines are separate events.',
    'A sender over its --rate-limit gets 429 with Retry-After before the server reads its next request; the server slows down reading a POST or WebSocket in progress. Events that were read are never discarded.',
    '--syslog accepts messages of RFC 5424 and RFC 3164, over TCP with either framing of RFC 6587. Each becomes an event of type log with level, facility, host, app, procid, msgid and msg. --statsd aggregates counters, gauges, timers, histograms, distributions and sets, with tags, and stores one event per series at the end of each interval and when the server stops. DogStatsD events (_e) and service checks (_sc) are stored at once, as events of type event and service_check, and so are samples with a timestamp (|T). A gauge with a sign, such as -5, changes the previous value as in statsd, but is the value itself in a line with tags or other DogStatsD extensions; --statsd-gauges overrides this. Neither protocol has credentials: a non-loopback address needs --allow-anonymous.',
    '--host-metrics measures cpu, memory, swap, disks, network, load and uptime of the machine, and the server process. Each value becomes an event of type metric with service_name, host_name and metric_unit.',
  ],
};

/** `telemetry serve` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('serve')
    .summary('receive events over HTTP and WebSocket')
    .description(
      'Receives events over HTTP and WebSocket and stores them. An event is acknowledged once it is on disk. ' +
        'Runs in the foreground. Ctrl-C commits all received events and stops the server.',
    );
  for (const option of SETTINGS_USED.flatMap(settingOptions)) command.addOption(option);
  command.action(async () => {
    const context = await start(command.optsWithGlobals());
    const { run } = await import('./run.js');
    await run(serveOptions(context.settings), context);
  });
  return { command, ...MANUAL };
}
