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

/** `telemetry serve` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('serve')
    .summary('receive events over HTTP and WebSocket')
    .description(
      'Receives events over HTTP and WebSocket and stores them. An event is acknowledged once it is on disk. ' +
        'Runs in the foreground; the first Ctrl-C commits what was received and stops.',
    );
  for (const option of SETTINGS_USED.flatMap(settingOptions)) command.addOption(option);
  command.action(async () => {
    const context = await start(command.optsWithGlobals());
    const { run } = await import('./run.js');
    await run(serveOptions(context.settings), context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry serve', purpose: 'Receive on 127.0.0.1:4318' },
      {
        line: `curl -d '{"type":"log","level":"INFO","msg":"hi mom"}' localhost:4318`,
        purpose: 'Send it an event',
      },
      { line: 'telemetry serve --store ./telemetry --port 0', purpose: 'A store here, on any free port' },
      { line: 'telemetry serve --syslog --statsd', purpose: 'And take syslog and statsd' },
      { line: 'telemetry serve --scrape localhost:9100=15s', purpose: 'And scrape a Prometheus exporter' },
      { line: 'telemetry serve --archive ndjson', purpose: 'Keep events in compressed NDJSON files' },
      { line: 'TELEMETRY_TOKEN=s3cret telemetry serve --host 0.0.0.0', purpose: 'For other machines, with a token' },
      {
        line: 'telemetry serve --tls-cert cert.pem --tls-key key.pem --require-tls',
        purpose: 'With TLS, and nothing in clear',
      },
      { line: 'telemetry serve --redact email,ip --drop user.address', purpose: 'Without personal data in the store' },
    ],
    notes: [
      'POST / takes JSON values one after another (NDJSON, pretty-printed or just concatenated), a JSON array, CSV or text lines; the reply is the count of events stored, on an error after the reason. A text/plain body that is JSON is read as JSON; ?format=text keeps it text. An OTLP request among the JSON values is stored as its spans, log records and data points. A WebSocket on any path takes one event a message and answers with the count so far.',
      'POST /v1/telemetry/events takes activity events, POST /api/collect and /api/collect/KIND what sources publish, POST /metrics/v1/save wide events. Nothing of such a request is stored before all of it is known to be right (of wide events, those that are right); it may have 16 MiB.',
      '--scrape takes a URL as Prometheus does: http:// and /metrics may be left out. Each sample is an event of type metric with the labels as keys; a histogram or summary is one event a series. In a config file a target can be an object with url, interval, timeout, job, token and labels.',
      'OpenTelemetry SDKs send here by default: POST /v1/traces, /v1/logs and /v1/metrics take OTLP in protobuf and JSON, and when the port is 4318, port 4317 of the same host takes OTLP over gRPC. If that is in use, the server says so and runs without it. One event per span, log record and data point.',
      'POST /api/v1/write takes Prometheus remote write 1.0 and 2.0; each sample is an event of type metric, as a scrape makes it.',
      'Bodies may be compressed with gzip, deflate, br or zstd.',
      'Refused requests are printed with their reason, at most one line a second for each. On a terminal the first event of each sender and the rate are shown as well.',
      '--archive is kept in the store, so that it need not be given again: parquet is small and fast to query; ndjson and csv are files that any program reads; duckdb is one database, archive/events.duckdb; none leaves all events in telemetry.db. A new kind is for events sealed from then on; telemetry archive convert moves the others.',
      'An address beyond loopback needs a token (see telemetry token), --token or --allow-anonymous.',
      'Of request headers, the values of those are stored that hold no credentials by definition, such as User-Agent and Traceparent; every other value is stored as ***. --keep-header names more.',
      'With --tls-cert and --tls-key the server speaks TLS 1.2 and 1.3 on its port, beside plain HTTP; with --require-tls plain HTTP gets 426. With --tls-client-ca every sender has to present a certificate of that authority, and plain HTTP gets 426 as well. SIGHUP reads the files anew: new connections get the new certificate, open ones go on. telemetry send knows the server of its own store by its certificate, whoever signed it.',
      'What --redact, --hash, --drop and --deny-type name is kept out before anything is written, for every transport, also of the address, path and headers of a stream. A path is the name of a column: keys with dots between, in any case; arrays are passed through. What is found becomes the name of its detector, such as [email], a redacted field [redacted], a hashed one 32 hexadecimal digits of an HMAC whose key is a secret of the store. An event_id that would become a label is hashed instead. An event of a denied type is acknowledged and not stored. All is counted in /metrics.',
      'Redacted as email: addresses with a dot in the domain, and those at localhost, an IPv4 address or [an address], with the at sign as @, its wide forms, %40, &#64; or \\u0040. As ip: IPv4 as four numbers up to 255, and IPv6 in every form of RFC 4291, also IPv4-mapped, in a URL and percent-encoded; a zone after % stays. As credit-card: 13 to 19 digits that issuers use and whose check digit (Luhn) is right, in a row, with a space or hyphen between groups, or in the groups of a card (4-4-4-4, 4-6-5, 4-6-4) with any one character between, and JSON numbers of the same value. As iban: the countries of the ISO 13616 registry, in one piece or in groups of four, check digits right.',
      'Redacted as jwt: the compact form of RFC 7519 with a JSON header that names an algorithm. As aws-key: access key ids (AKIA, ASIA, ABIA, ACCA); secret access keys and session tokens after their name or an id, or as the value of a key named so. As github-token: ghp_, gho_, ghu_, ghs_, ghr_ and github_pat_. As private-key: PEM (RFC 7468) and PGP, from BEGIN to END, also cut off. As phone: international numbers after + or 00, North American numbers in parentheses, hyphens or dots, numbers that begin with 0 in groups; bare digits only as the value of a name such as phone, mobile, tel or fax. secrets is jwt, aws-key, github-token, private-key, iban and phone.',
      'All of these are found in texts, keys and numbers, as well as binary messages, also percent-encoded, escaped as JSON or HTML, or in JSON within a string; not in base64 or compressed data within an event, nor an IPv4 address as one number, in octal or in hexadecimal, nor a key whose lines are events of their own.',
      'A sender that is past --rate-limit gets 429 with Retry-After before its next request is read; a POST or WebSocket under way is read more slowly. Nothing that was read is thrown away.',
      '--syslog takes messages of RFC 5424 and RFC 3164, over TCP with either framing of RFC 6587; each is an event of type log with level, facility, host, app, procid, msgid and msg. --statsd gathers counters, gauges, timers, histograms, distributions and sets, with tags, and stores one event a series at the end of each interval and when the server stops; an event (_e) or service check (_sc) of DogStatsD is stored as it comes, as an event of type event or service_check, and so is a sample with a timestamp (|T). A gauge with a sign, such as -5, changes the value before it as in statsd; in a line with tags or another part of DogStatsD it is the value; --statsd-gauges says otherwise. Neither has credentials: an address beyond loopback needs --allow-anonymous.',
      '--host-metrics measures the cpu, memory, swap, disks, network, load and uptime of the machine, and of the server itself. Each is an event of type metric with service_name, host_name and metric_unit.',
    ],
  };
}

/**
 * Where OTLP over gRPC is received. Unless it is said, SDKs that are given nothing find the server whenever it has the
 * standard port of HTTP: it then takes the standard port of gRPC at the same host, if that is free.
 */
