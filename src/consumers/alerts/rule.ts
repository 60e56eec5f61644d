import { parseDuration } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { quoteText } from '../../store/sql/text.js';
import { RuleFields } from './rule-fields.js';

/** The severities of rules, the least severe first. */
export const SEVERITIES = ['info', 'warning', 'error', 'critical'] as const;

/** Aggregates of a metric's values, and their SQL over the value `v`. */
const AGGREGATES = {
  avg: 'avg(v)',
  min: 'min(v)',
  max: 'max(v)',
  sum: 'sum(v)',
  count: 'count(v)',
  last: 'arg_max(v, time)',
  p50: 'quantile_cont(v, 0.5)',
  p90: 'quantile_cont(v, 0.9)',
  p95: 'quantile_cont(v, 0.95)',
  p99: 'quantile_cont(v, 0.99)',
} as const;

/** The comparisons of a value with a threshold, as SQL and as people write them. */
export const OPERATORS = ['>', '>=', '<', '<=', '=', '!='] as const;

/** One of {@link OPERATORS}. */
export type Operator = (typeof OPERATORS)[number];

/** The effect of an evaluation that finds no data, or fails: a notification, a status that `list` shows, or neither. */
export const EFFECTS = ['notify', 'show', 'ignore'] as const;

/** One of {@link EFFECTS}. */
export type Effect = (typeof EFFECTS)[number];

/** A comparison that violates a rule. */
export interface Limit {
  readonly op: Operator;
  readonly threshold: number;
}

/** The violation of a rule: its rows are violations (`rows`), or their values are (`value`), or are missing (`absent`). */
export type Condition =
  | { readonly kind: 'rows'; readonly sql: string }
  | {
      readonly kind: 'value';
      readonly sql: string;
      readonly limits: readonly Limit[];
      /** The same SQL over another source than `events`, for a rule whose SQL is made of its fields. */
      readonly from?: (source: string) => string;
      /** True for a number of events: no row means zero, not that data is missing. */
      readonly isCount?: boolean;
    }
  | { readonly kind: 'absent'; readonly sql: string };

/** A channel that is used when an alert is not acknowledged within a time. */
export interface Escalation {
  /** In milliseconds. */
  readonly after: number;
  readonly channel: string;
}

/** An alert rule. Times in milliseconds. */
export interface AlertRule {
  readonly name: string;
  readonly condition: Condition;
  readonly every: number;
  readonly for: number;
  readonly keepFiring: number;
  readonly cooldown: number;
  readonly severity: (typeof SEVERITIES)[number];
  /** The columns that tell alerts apart; undefined for all columns of text. */
  readonly groupBy: readonly string[] | undefined;
  /** Names of channels, or their settings. */
  readonly notify: readonly string[];
  readonly escalate: readonly Escalation[];
  readonly runbook: string | undefined;
  readonly description: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly onNoData: Effect;
  readonly onError: Effect;
  /** True when the URLs in `notify` may lead to loopback and private addresses. */
  readonly mayBePrivate: boolean;
  /** The fields that the rule was made of, for export. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The fields of a rule in a file or on a command line. The keys of the command line have dashes. */
const RULE_FIELDS = [
  'name',
  'description',
  'when',
  'above',
  'below',
  'absent',
  'metric',
  'aggregate',
  'op',
  'threshold',
  'event',
  'more_than',
  'where',
  'window',
  'every',
  'for',
  'keep_firing',
  'severity',
  'group_by',
  'cooldown',
  'notify',
  'escalate',
  'runbook',
  'labels',
  'on_no_data',
  'on_error',
] as const;

/** Defaults of durations. */
export const DEFAULTS = { every: '1m', window: '5m' } as const;

/** Evaluations more often than this would keep a core busy, in milliseconds. */
const MIN_EVERY_MS = 1000;

/** A name that needs no quoting in SQL and on command lines. Classic rules have names of several words. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_ .@:/()%+-]{0,99}$/u;

/**
 * Makes a rule of its fields, as a file has them.
 * @param defaults of a file for all its rules.
 * @throws TelemetryError `usage`, naming the rule and the field.
 */
export function ruleOf(given: unknown, mayBePrivate = false): AlertRule {
  const fields = new RuleFields(given, RULE_FIELDS);
  const name = fields.text('name') ?? '';
  if (!NAME.test(name)) {
    throw new TelemetryError('usage', `"${name}" is not a name for an alert rule`, {
      remedy: 'Use letters, digits, blanks and _ . - : / ( ) % +, at most 100 characters.',
    });
  }
  const every = fields.duration('every') ?? parseDuration(DEFAULTS.every);
  if (every < MIN_EVERY_MS) throw fields.wrong('every', 'at least 1s');
  const groupBy = fields.list('group_by');
  return {
    name,
    condition: conditionOf(fields, groupBy),
    every,
    for: fields.duration('for') ?? 0,
    keepFiring: fields.duration('keep_firing') ?? 0,
    cooldown: fields.duration('cooldown') ?? 0,
    severity: fields.choice('severity', SEVERITIES) ?? 'warning',
    groupBy: groupBy?.length === 1 && groupBy[0] === 'none' ? [] : groupBy,
    notify: fields.list('notify', false) ?? [],
    escalate: escalationsOf(fields),
    runbook: fields.text('runbook'),
    description: fields.text('description'),
    labels: fields.labels('labels'),
    onNoData: fields.choice('on_no_data', EFFECTS) ?? 'show',
    onError: fields.choice('on_error', EFFECTS) ?? 'notify',
    mayBePrivate,
    fields: fields.given,
  };
}

function conditionOf(fields: RuleFields, groupBy: readonly string[] | undefined): Condition {
  const shapes = (['when', 'metric', 'event'] as const).filter(key => fields.has(key));
  if (shapes.length !== 1) {
    throw fields.error(shapes.length === 0 ? 'has no condition' : `has both ${shapes.join(' and ')}`, {
      remedy: 'Give one of when (SQL), metric and event.',
    });
  }
  const groups = (groupBy ?? []).filter(name => name !== 'none').map(name => quoted(name));
  switch (shapes[0]) {
    case 'metric':
      return metricCondition(fields, groups);
    case 'event':
      return eventCondition(fields, groups);
    default:
      return sqlCondition(fields);
  }
}

function sqlCondition(fields: RuleFields): Condition {
  fields.refuse(['aggregate', 'op', 'threshold', 'more_than', 'where', 'window'], 'when');
  const sql = fields.text('when')!.trim().replace(/;\s*$/, '');
  const [above, below] = [fields.number('above'), fields.number('below')];
  const limits: Limit[] = [
    ...(above === undefined ? [] : [{ op: '>' as const, threshold: above }]),
    ...(below === undefined ? [] : [{ op: '<' as const, threshold: below }]),
  ];
  if (fields.flag('absent')) {
    if (limits.length > 0) throw fields.error('has absent together with above or below');
    return { kind: 'absent', sql };
  }
  return limits.length > 0 ? { kind: 'value', sql, limits } : { kind: 'rows', sql };
}

function metricCondition(fields: RuleFields, groups: readonly string[]): Condition {
  fields.refuse(['above', 'below', 'absent', 'more_than'], 'metric');
  const metric = fields.text('metric')!;
  const aggregate = fields.choice('aggregate', Object.keys(AGGREGATES) as (keyof typeof AGGREGATES)[]) ?? 'avg';
  const op = fields.choice('op', OPERATORS) ?? '>';
  const threshold = fields.number('threshold');
  if (threshold === undefined) throw fields.error('has a metric and no threshold');
  const value = `${AGGREGATES[aggregate]} as value`;
  const condition = `metric_name = ${quoteText(metric)} and ${withinWindow(fields)}${furtherCondition(fields)}`;
  const from = (source: string): string =>
    grouped(value, `(select *, try_cast(metric_value as double) as v from ${source}\n    where ${condition})`, groups);
  return {
    kind: 'value',
    sql: from('events'),
    from,
    limits: [{ op, threshold }],
  };
}

function eventCondition(fields: RuleFields, groups: readonly string[]): Condition {
  fields.refuse(['above', 'below', 'absent', 'aggregate', 'op', 'threshold'], 'event');
  const more = fields.number('more_than') ?? 0;
  const condition = `(${fields.text('event')!}) and ${withinWindow(fields)}${furtherCondition(fields)}`;
  const from = (source: string): string =>
    grouped('count(*) as value', `(select * from ${source} where ${condition})`, groups);
  return {
    kind: 'value',
    sql: from('events'),
    from,
    limits: [{ op: '>', threshold: more }],
    isCount: true,
  };
}

/** SQL that is true for an event of the window before the instant of the evaluation. */
function withinWindow(fields: RuleFields): string {
  const ms = fields.duration('window') ?? parseDuration(DEFAULTS.window);
  if (ms <= 0) throw fields.wrong('window', 'longer than 0s');
  return `time > $now - interval ${Math.round(ms)} milliseconds and time <= $now`;
}

function furtherCondition(fields: RuleFields): string {
  const where = fields.text('where');
  return where === undefined ? '' : ` and (${where})`;
}

function grouped(value: string, source: string, groups: readonly string[]): string {
  if (groups.length === 0) return `select ${value} from ${source}`;
  const list = groups.join(', ');
  return `select ${list}, ${value} from ${source} group by ${list} order by ${list}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function escalationsOf(fields: RuleFields): Escalation[] {
  return (fields.list('escalate', false) ?? [])
    .map(text => {
      const [, after = '', channel = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
      if (channel === '') throw fields.wrong('escalate', 'like 15m=CHANNEL');
      return { after: parseDuration(after), channel };
    })
    .sort((a, b) => a.after - b.after);
}

/** True when a value violates a limit. */
export function violates(value: number, { op, threshold }: Limit): boolean {
  switch (op) {
    case '>':
      return value > threshold;
    case '>=':
      return value >= threshold;
    case '<':
      return value < threshold;
    case '<=':
      return value <= threshold;
    case '=':
      return value === threshold;
    case '!=':
      return value !== threshold;
  }
}
