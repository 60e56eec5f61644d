import { COMPUTED_COLUMNS, type Attribute, type ComputedColumn, type CoreColumn } from '../../core/attribute.js';
import { attributeSql } from '../../store/sql/attribute.js';
import { coreColumns, selectWithCore } from '../../store/sql/core-columns.js';
import { ExtractedTexts } from '../../store/sql/extracted-texts.js';
import { placeholder } from '../../store/sql/placeholder.js';
import { selectEvents } from '../../store/sql/select-events.js';
import { quoteName } from '../../store/sql/text.js';

/** The `streams` view over the table function `stream_rows`. */
export const STREAMS_VIEW = `create or replace view streams as
  select id, make_timestamptz(started_at) as started_at, make_timestamptz(ended_at) as ended_at,
    transport, remote, path, headers, events, origin from stream_rows()`;

/** The `events` view over queries that give its rows. */
export function eventsView(parts: readonly string[]): string {
  return `create or replace view events as ${parts.join('\nunion all\n')}`;
}

/** The column of the texts that are extracted together. */
const TEXTS = 'payload texts';

/** The columns of the view over the journal. */
export interface JournalColumns {
  /** All registered attributes. */
  readonly registered: readonly Attribute[];
  /** Those that are columns of the view. */
  readonly shown: readonly Attribute[];
  /** The core columns that are not. */
  readonly leftOut: ReadonlySet<CoreColumn>;
  /** The core columns that the statement at hand reads; the others are placeholders. */
  readonly core: ReadonlySet<ComputedColumn>;
  /** The journal's placeholder column for an attribute that the statement at hand does not read. */
  placeholder(attribute: Attribute): string | undefined;
  /** True to parse a payload once for all columns, which pays for a statement that reads many; false for each column. */
  readonly parsesOnce: boolean;
}

/**
 * SQL for the events of the table function `journal`, with the columns of the view.
 * @param condition a condition on `time` and `received_at` that events must meet
 */
export function journalSelect(columns: JournalColumns, condition = 'true'): string {
  const { registered, shown, leftOut, core: names, parsesOnce } = columns;
  const texts = parsesOnce ? new ExtractedTexts(TEXTS) : undefined;
  const values = shown.map(attribute => columns.placeholder(attribute) ?? attributeSql(attribute, texts));
  const core = coreColumns(
    registered,
    COMPUTED_COLUMNS.filter(name => names.has(name)),
    texts,
  );
  const places = core.places.map(({ name }) => quoteName(name)).join(', ');
  const rows = selectWithCore(
    core,
    places === '' ? '*' : `* exclude (${places})`,
    `(select * replace (make_timestamptz(received_at) as received_at)${texts?.values ?? ''} from journal())`,
  );
  return selectEvents(
    { columns: shown, leftOut },
    `select * from (${rows}) where ${condition}`,
    (_, i) => values[i]!,
    name => (names.has(name) ? undefined : placeholder(name)),
  );
}
