import { durationText } from '../../../core/duration.js';
import { groupText } from '../../../consumers/alerts/message.js';
import { replay, replayInterval, type ReplayRange } from '../../../consumers/alerts/replay.js';
import type { AlertRule } from '../../../consumers/alerts/rule.js';
import { ruleNamed } from '../../../consumers/alerts/stored-rules.js';
import { openSession } from '../../../query/session.js';
import type { AlertKind } from '../../../store/catalog/alerts.js';
import { withoutSecrets } from '../../../store/catalog/alert-channels.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { endInTime } from '../../shared/forced-end.js';
import type { AlertOptions } from './options.js';
import { localTime, printResult, safe, tableText, timeOf } from './output.js';

/** The length of a replay that names no start, in microseconds: a week. */
const DEFAULT_MICROS = 7 * 86_400 * 1_000_000;

/** A change of an alert in a replay. */
interface Replayed {
  readonly at: number;
  readonly alert: number | null;
  readonly kind: AlertKind;
  readonly change: string;
  readonly group: unknown;
  readonly value: number | null;
  /** The error of an alert of that kind, in one line. */
  readonly error: string | null;
  readonly notified: readonly string[];
}

type About = Pick<Replayed, 'kind' | 'group' | 'value' | 'error'>;

const NOTHING_KNOWN: About = { kind: 'violation', group: {}, value: null, error: null };

function errorIn(kind: AlertKind, row: string): string | null {
  return kind === 'error' ? (JSON.parse(row) as { error: string }).error.split('\n', 1)[0]! : null;
}

/** Shows when a rule would have fired over stored history. */
export async function run(options: AlertOptions, context: Context): Promise<void> {
  const { store, every } = options;
  const now = context.now() * 1000;
  const rule = ruleNamed(store, options.args[0]!);
  const range = { since: options.since ?? now - DEFAULT_MICROS, until: options.until ?? now, every };
  const interval = replayInterval(rule, range);
  if (interval !== rule.every && every === undefined) {
    await context.streams.err.write(
      `evaluates every ${durationText(interval)}, not every ${durationText(rule.every)}; --every ${durationText(rule.every)} takes longer\n`,
    );
  }
  const found = await changesIn(store, rule, range, context);
  await printResult(options, context, {
    text: async () => {
      const table = await changeTable(found, context);
      const summary = summaryText(rule, range, found);
      return table === undefined ? summary : `${table}${summary}`;
    },
    json: found.map(({ at, ...change }) => ({ at: timeOf(at), ...change })),
  });
}

/** Replays a rule and shows its progress. Returns the changes of its alerts, in the order of time. */
async function changesIn(store: string, rule: AlertRule, range: ReplayRange, context: Context): Promise<Replayed[]> {
  const session = await openSession({ dir: store, signal: context.signal });
  const progress = await context.streams.progress(`replaying ${rule.name}`);
  const found: Replayed[] = [];
  const known = new Map<number | null, About>();
  try {
    await endInTime(context.signal, async () => {
      for await (const { at, step } of replay(session, rule, range)) {
        for (const { id, kind, group, value, row } of step.alerts) {
          known.set(id, { kind, group: JSON.parse(group), value, error: errorIn(kind, row) });
        }
        for (const { alert, change } of step.history) {
          const about = known.get(alert) ?? NOTHING_KNOWN;
          const notified = step.notices
            .filter(notice => notice.alert.id === alert && notice.held === null && change === notice.alert.status)
            .map(({ channel }) => withoutSecrets(channel));
          found.push({ at, alert, change, ...about, notified });
        }
        progress.update(`replaying ${rule.name}: ${localTime(at)}`);
      }
    });
  } finally {
    progress.stop();
    session.close();
  }
  return found;
}

/** A table of the changes that a person looks for; undefined without any. */
async function changeTable(found: readonly Replayed[], context: Context): Promise<string | undefined> {
  const shown = found.filter(({ change }) => change !== 'pending' && change !== 'inactive');
  if (shown.length === 0) return undefined;
  const rows = shown.map(({ at, alert, kind, change, group, value, notified }) => [
    localTime(at),
    String(alert),
    kind === 'violation' || change !== 'firing' ? change : kind,
    groupText(group)
      .trim()
      .replace(/^\(|\)$/g, ''),
    value === null ? '' : String(value),
    notified.join(', '),
  ]);
  return tableText(['at', 'alert', 'change', 'group', 'value', 'notified'], rows, context);
}

/** Lines that count the alerts of each kind. */
function summaryText(rule: AlertRule, { since, until }: ReplayRange, found: readonly Replayed[]): string {
  const times = (wanted: AlertKind): number =>
    new Set(found.filter(({ change, kind }) => change === 'firing' && kind === wanted).map(({ alert }) => alert)).size;
  const error = found.find(one => one.error !== null)?.error;
  const others = [
    ...(times('no data') > 0 ? [`it had no data ${counted(times('no data'), 'time')}`] : []),
    ...(times('error') > 0 ? [`its evaluation failed ${counted(times('error'), 'time')}: ${error ?? ''}`] : []),
  ];
  return (
    `${rule.name} would have fired ${counted(times('violation'), 'time')} ` +
    `between ${localTime(since)} and ${localTime(until)}\n${others.map(line => `${safe(line)}\n`).join('')}`
  );
}
