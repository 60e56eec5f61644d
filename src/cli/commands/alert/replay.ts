import { durationText } from '../../../core/duration.js';
import { groupText } from '../../../consumers/alerts/message.js';
import { replay, replayInterval } from '../../../consumers/alerts/replay.js';
import { ruleNamed } from '../../../consumers/alerts/stored-rules.js';
import { openSession } from '../../../query/session.js';
import { withoutSecrets } from '../../../store/catalog/alert-channels.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { endInTime } from '../../shared/forced-end.js';
import type { AlertOptions } from './options.js';
import { localTime, printResult, tableText, timeOf } from './output.js';

/** The length of a replay that names no start, in microseconds: a week. */
const DEFAULT_MICROS = 7 * 86_400 * 1_000_000;

/** A change of an alert in a replay. */
interface Replayed {
  readonly at: number;
  readonly alert: number | null;
  readonly change: string;
  readonly group: unknown;
  readonly value: number | null;
  readonly notified: readonly string[];
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
  const session = await openSession({ dir: store, signal: context.signal });
  const progress = await context.streams.progress(`replaying ${rule.name}`);
  const found: Replayed[] = [];
  const groups = new Map<number | null, { group: unknown; value: number | null }>();
  try {
    await endInTime(context.signal, async () => {
      for await (const { at, step } of replay(session, rule, range)) {
        for (const { id, group, value } of step.alerts) groups.set(id, { group: JSON.parse(group), value });
        for (const { alert, change } of step.history) {
          const about = groups.get(alert) ?? { group: {}, value: null };
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
  const fired = found.filter(({ change }) => change === 'firing').length;
  const text = async (): Promise<string> => {
    const shown = found.filter(({ change }) => change !== 'pending' && change !== 'inactive');
    const table = await tableText(
      ['at', 'alert', 'change', 'group', 'value', 'notified'],
      shown.map(({ at, alert, change, group, value, notified }) => [
        localTime(at),
        String(alert),
        change,
        groupText(group)
          .trim()
          .replace(/^\(|\)$/g, ''),
        value === null ? '' : String(value),
        notified.join(', '),
      ]),
      context,
    );
    const summary = `${rule.name} would have fired ${counted(fired, 'time')} between ${localTime(range.since)} and ${localTime(range.until)}\n`;
    return shown.length === 0 ? summary : `${table}${summary}`;
  };
  await printResult(options, context, {
    text,
    json: found.map(({ at, ...change }) => ({ at: timeOf(at), ...change })),
  });
}
