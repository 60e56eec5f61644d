import { TelemetryError } from '../../core/errors.js';
import { quoteText } from '../../store/sql/text.js';

/** The keys of a classic rule. */
const KEYS = [
  'rule_name',
  'rule_type',
  'source_type',
  'condition_config',
  'severity',
  'notification_channels',
  'notification_config',
  'license_id',
  'description',
];

/** The keys of `condition_config`, for each type of rule. A key that is not used must fail: the rule would mean less. */
const CONDITION_KEYS: Readonly<Record<string, readonly string[]>> = {
  metric_threshold: ['metric', 'operator', 'threshold', 'aggregation', 'time_window_minutes'],
  event_frequency: ['event_type', 'operator', 'threshold', 'time_window_minutes'],
};

/** Names of comparisons in classic rules. */
const OPERATORS: Readonly<Record<string, string>> = {
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  eq: '=',
  ne: '!=',
  '==': '=',
};

/** True for a rule in the classic form, which has `rule_name` and `condition_config`. */
export function isClassicRule(given: unknown): boolean {
  return typeof given === 'object' && given !== null && ('rule_name' in given || 'condition_config' in given);
}

/**
 * Translates a rule of the classic form, `{"rule_name", "rule_type", "source_type", "condition_config", ...}`, into the
 * fields of a rule. `metric_threshold` compares an aggregate of a metric, `event_frequency` counts events of a type.
 * `license_id`, `rule_type` and `source_type` become labels.
 * @throws TelemetryError `usage` for an unknown type or key.
 */
export function fieldsOfClassicRule(given: object): Record<string, unknown> {
  const rule = given as Record<string, unknown>;
  const name = String(rule.rule_name);
  const unknown = Object.keys(rule).find(key => !KEYS.includes(key));
  if (unknown !== undefined) throw wrong(name, `has the unknown key ${unknown}`, `Keys are ${KEYS.join(', ')}.`);
  const { condition_config: config, severity, description } = rule;
  if (typeof config !== 'object' || config === null) throw wrong(name, 'has no condition_config');
  return {
    name,
    ...(description !== undefined && description !== null && { description }),
    ...conditionOf(name, rule.rule_type, config as Record<string, unknown>),
    // The enumeration's own text in Python is SeverityLevel.WARNING.
    ...(typeof severity === 'string' && { severity: severity.replace(/^.*\./, '').toLowerCase() }),
    notify: channelsOf(name, rule.notification_channels, rule.notification_config),
    labels: Object.fromEntries(
      ['rule_type', 'source_type', 'license_id'].flatMap(key =>
        rule[key] === undefined || rule[key] === null ? [] : [[key, asText(rule[key])]],
      ),
    ),
  };
}

function conditionOf(name: string, type: unknown, config: Record<string, unknown>): Record<string, unknown> {
  const { metric, operator, threshold, aggregation, event_type: event, time_window_minutes: minutes } = config;
  const window = minutes === undefined ? {} : { window: `${asText(minutes)}m` };
  const written = asText(operator ?? '>');
  const op = OPERATORS[written] ?? written;
  const known = CONDITION_KEYS[String(type)];
  const unknown = known && Object.keys(config).find(key => !known.includes(key));
  if (unknown !== undefined) {
    throw wrong(name, `has the unknown key ${unknown} in condition_config`, `Keys are ${known!.join(', ')}.`);
  }
  switch (type) {
    case 'metric_threshold':
      return { metric, ...(aggregation !== undefined && { aggregate: aggregation }), op, threshold, ...window };
    case 'event_frequency': {
      if (typeof event !== 'string') throw wrong(name, 'has no event_type in condition_config');
      if (op !== '>' && op !== '>=') throw wrong(name, `compares a number of events by ${op}`, 'Use > or >=.');
      if (threshold === undefined || threshold === null) throw wrong(name, 'has no threshold in condition_config');
      const more = op === '>' ? threshold : Number(threshold) - 1;
      return { event: `type = ${quoteText(event)}`, more_than: more, ...window };
    }
    default:
      throw wrong(
        name,
        `has the unknown rule_type ${JSON.stringify(type)}`,
        'Types are metric_threshold and event_frequency.',
      );
  }
}

/** Channels such as `email:ops@example.com`; those without a setting are names of stored channels. */
function channelsOf(name: string, channels: unknown, given: unknown): string[] {
  const config = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>;
  const names = channels ?? Object.keys(config);
  if (!Array.isArray(names) || names.some(channel => typeof channel !== 'string')) {
    throw wrong(name, 'has notification_channels that are not a list of names');
  }
  return (names as string[]).flatMap(channel => {
    const setting = config[channel];
    if (setting === undefined || setting === null) return [channel];
    const items: unknown[] = Array.isArray(setting) ? setting : [setting];
    return items.map(item => channelOf(name, channel, item));
  });
}

function channelOf(name: string, channel: string, item: unknown): string {
  if (typeof item === 'string')
    return channel === 'slack' && item.startsWith('@') ? `slack:#${item}` : `${channel}:${item}`;
  const settings = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
  const url = settings.webhook_url ?? settings.url;
  if (typeof url === 'string') return `${channel}:${url}`;
  if (channel === 'slack' && typeof settings.channel === 'string') return `slack:${settings.channel}`;
  const address = settings.address ?? settings.to ?? settings.email;
  if (channel === 'email' && typeof address === 'string') return `email:${address}`;
  throw wrong(
    name,
    `has a notification_config for ${channel} that cannot be read`,
    'Give webhook_url or url, for slack a channel, for email address, to or email.',
  );
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function wrong(name: string, problem: string, remedy?: string): TelemetryError {
  return new TelemetryError('usage', `the alert rule "${name}" ${problem}`, remedy === undefined ? {} : { remedy });
}
