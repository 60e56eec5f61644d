import { pinEvents } from '../pin-events.js';
import { bindKnown } from '../../query/predicate.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import { TEMPLATE_FUNCTION } from '../../query/sql/message-template.js';
import { assignForms, type Assigned } from './assign.js';
import { regroup } from './regroup.js';
import { templateCondition, templateText } from './template.js';
import { PatternTree, type Form } from './tree.js';

/**
 * Different masked messages that patterns are found among, those of most events: some 50 MB at 500 characters each. The
 * events of further ones are counted as left over.
 */
const MAX_FORMS = 50_000;

/** The time buckets in which the events of a pattern are counted. */
const TIME_STEPS = 20;

/** Messages of one template. */
export interface Pattern {
  /** The words that the messages share, with `<num>`, `<uuid>` and the like, and `<*>` for a word that varies. */
  readonly template: string;
  readonly events: number;
  /** Of the events with a message, 0 to 1. */
  readonly share: number;
  /** Events in each of the steps of {@link Patterns.times}. */
  readonly counts: readonly number[];
  /** The earliest and the latest time, as the session prints times. */
  readonly first: string;
  readonly last: string;
  /** The message with the lowest id, and its severity. */
  readonly example: string;
  readonly severity: string | null;
  /** A condition over events that selects exactly these. */
  readonly where: string;
}

/** The patterns of the messages of a store, the one of most events first. */
export interface Patterns {
  readonly patterns: readonly Pattern[];
  /** The events that the patterns were sought in. */
  readonly events: number;
  /** The events without a message, which have no pattern. */
  readonly withoutMessage: number;
  /** The events whose messages are past {@link MAX_FORMS}, and have no pattern. */
  readonly leftOver: number;
  /** The start and the length of the time buckets, in microseconds; undefined without events. */
  readonly times: { readonly start: number; readonly step: number; readonly steps: number } | undefined;
}

/** A masked message with the facts of its events. */
interface SeenForm extends Form {
  readonly counts: ReadonlyMap<number, number>;
  readonly first: Moment;
  readonly last: Moment;
  readonly id: number;
  readonly example: string;
  readonly severity: string | null;
}

/** A time in microseconds, and as text. */
interface Moment {
  readonly micros: number;
  readonly text: string;
}

/**
 * Finds the patterns of the messages of all events of a session: DuckDB masks the variable values and counts what is
 * left, then a {@link PatternTree} groups these forms. The result depends on the events alone.
 * @param where a condition over events, as `--where` takes it; undefined for all
 * @throws TelemetryError `sql` for a condition that does not bind; as {@link Session.query}.
 */
export async function findPatterns(session: Session, where?: string): Promise<Patterns> {
  await pinEvents(session);
  const predicate = where === undefined ? undefined : await bindKnown(session, where, '--where');
  const source = predicate ? `${predicate.source} where ${predicate.sql}` : 'events';
  const [range] = await rowsOf(
    await session.query(`select count(*), epoch_us(min("time")), epoch_us(max("time")) from ${source}`),
  );
  if (!range || range[0] === '0') return { patterns: [], events: 0, withoutMessage: 0, leftOver: 0, times: undefined };
  const start = Number(range[1]);
  const step = Math.max(1, Math.ceil((Number(range[2]) - start + 1) / TIME_STEPS));
  const steps = Math.ceil((Number(range[2]) - start + 1) / step);
  const rows = await rowsOf(await session.query(formsSql(source, start, step, steps)));
  const events = Number(rows[0]?.[2] ?? 0);
  const withoutMessage = Number(rows.find(([form]) => form === null)?.[1] ?? 0);
  const forms = rows.filter(([form]) => form !== null).map(formOf);
  const tree = new PatternTree();
  for (const form of forms) tree.add(form);
  const withMessage = events - withoutMessage;
  const patterns = assignForms(regroup(tree.groups()) as SeenForm[][])
    .map(assigned => patternOf(assigned, steps, withMessage))
    .sort((a, b) => b.events - a.events || (a.template < b.template ? -1 : 1));
  const found = patterns.reduce((sum, pattern) => sum + pattern.events, 0);
  return { patterns, events, withoutMessage, leftOver: withMessage - found, times: { start, step, steps } };
}

/** The forms of most events, and first the events without a message, each with the number of all events. */
function formsSql(source: string, start: number, step: number, steps: number): string {
  return `select form, count(*) as events, sum(count(*)) over (), epoch_us(min("time")), min("time"), epoch_us(max("time")),
      max("time"), min(id), arg_min(message, id), arg_min(severity, id), histogram(step)::json
    from (select ${TEMPLATE_FUNCTION}(message) as form, message, severity, id, "time",
      greatest(0, least(${steps - 1}, (epoch_us("time") - ${start}) // ${step}))::integer as step from ${source})
    group by form order by form is not null, events desc, form limit ${MAX_FORMS + 1}`;
}

function formOf([form, events, , first, firstText, last, lastText, id, example, severity, counts]: readonly (
  string | null
)[]): SeenForm {
  const steps = JSON.parse(counts ?? '{}') as Record<string, number>;
  return {
    words: (form ?? '').split(' '),
    events: Number(events),
    counts: new Map(Object.entries(steps).map(([at, count]) => [Number(at), count])),
    first: { micros: Number(first), text: firstText ?? '' },
    last: { micros: Number(last), text: lastText ?? '' },
    id: Number(id),
    example: example ?? '',
    severity: severity ?? null,
  };
}

function patternOf({ template, others, forms }: Assigned<SeenForm>, steps: number, total: number): Pattern {
  const counts = new Array<number>(steps).fill(0);
  for (const form of forms) for (const [at, count] of form.counts) counts[at]! += count;
  const events = forms.reduce((sum, form) => sum + form.events, 0);
  const oldest = forms.reduce((best, form) => (form.id < best.id ? form : best));
  const first = forms.reduce((best, form) => (form.first.micros < best.first.micros ? form : best)).first;
  const last = forms.reduce((best, form) => (form.last.micros > best.last.micros ? form : best)).last;
  return {
    template: templateText(template),
    events,
    share: events / total,
    counts,
    first: first.text,
    last: last.text,
    example: oldest.example,
    severity: oldest.severity,
    where: templateCondition(template, others),
  };
}
