import type { Example } from '../../shared/context.js';

/** The examples of `telemetry alert`. */
export const EXAMPLES: readonly Example[] = [
  {
    line: `telemetry alert create errors --event "severity = 'ERROR'" --more-than 10`,
    purpose: 'Fire at more than 10 errors in 5 minutes',
  },
  {
    line: 'telemetry alert create slow --metric latency --aggregate p95 --threshold 900',
    purpose: 'Fire when the 95th percentile of a metric is too high',
  },
  {
    line: `telemetry alert create stuck --when 'from spans where duration_ms > 9000'`,
    purpose: 'Fire for the rows of a query',
  },
  {
    line: 'telemetry alert channel set ops slack:https://hooks.slack.com/services/...',
    purpose: 'Store a channel, for --notify ops',
  },
  { line: 'telemetry alert list', purpose: 'List rules and open alerts' },
  { line: 'telemetry alert explain errors', purpose: 'Say why a rule does not fire' },
  { line: 'telemetry alert ack errors --until 2h --note "looking into it"', purpose: 'Acknowledge an alert' },
  { line: 'telemetry alert replay errors --since 30d', purpose: 'Show when a rule would have fired' },
  { line: 'telemetry alert import rules.yaml', purpose: 'Create or replace the rules of a file' },
  { line: 'telemetry alert test tests.yaml', purpose: 'Test rules with events of a file' },
];

/** The further paragraphs of its man page. */
export const NOTES: readonly string[] = [
  'In the SQL of a rule, $now is the scheduled instant of the evaluation, and now() and current_date stand for it as well; $since is the id of the last event that the last successful evaluation saw, so that "id > $since" counts each event once, late ones included. A rule that is new begins after the newest event. Instants are the multiples of --every in UTC.',
  'The alerts of a rule differ by the columns of --group-by, else by all columns of text. An alert is pending until its violation has lasted for --for, then firing, acknowledged, and resolved. A rule whose query fails, or whose value has no data, has the state error or "no data"; --on-error and --on-no-data say whether it notifies. An acknowledged alert does not notify again until it has resolved and fires again, or --until has passed.',
  'A notification is recorded in the transaction of the change that it tells of, sent after it, and tried again with growing pauses for a day. Every try has the same Idempotency-Key or Message-ID. A mute or a cooldown holds notifications back. At its end, an alert that still fires is notified; at the end of a mute also the resolution of an alert whose firing was notified.',
  "Channels: slack:URL of an incoming webhook, webhook:URL for JSON, email:ADDRESS, exec:COMMAND with the notification on stdin and no shell. telemetry alert channel set NAME SETTING stores one under a name; email needs telemetry alert channel set smtp 'smtp://USER:PASSWORD@HOST:587?from=ADDRESS', whose password is sent by TLS only. Settings are in the store, whose files only you can read, and are printed without secrets. URLs do not reach loopback and private addresses without --allow-private-targets, and redirects are not followed.",
  'check exits with 1 when a rule of the file is wrong, test when an expectation is not met. The tables alert_rules, alerts, alert_history and alert_notifications hold everything for SQL.',
];
