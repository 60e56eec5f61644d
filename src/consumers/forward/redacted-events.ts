import { COMPUTED_COLUMNS } from '../../core/attribute.js';
import { eventRedactor } from '../../processors/redact/redact-event.js';
import type { Session, SessionOptions } from '../../query/session.js';
import { storeSecret } from '../../store/database/secrets.js';
import { coreColumns, selectWithCore } from '../../store/sql/core-columns.js';
import { selectEvents } from '../../store/sql/select-events.js';
import { quoteName } from '../../store/sql/text.js';
import type { Remote } from '../remotes/remote.js';

/** The SQL function that applies the privacy rules of a remote to a payload, given its encoding. */
const REDACTED = 'redacted';

/** The session option that defines the redaction function of a remote; empty for a remote without privacy rules. */
export function redacting({ definition: { privacy } }: Remote, dir: string): Pick<SessionOptions, 'textFunction'> {
  if (!privacy) return {};
  const compute = eventRedactor({ ...privacy, denyType: [] }, storeSecret(dir, 'hash'));
  return { textFunction: { name: REDACTED, compute } };
}

/**
 * SQL for the events of `source` with the privacy rules applied: every column is computed from the redacted payload.
 */
export function redactedSource(session: Session, source: string): string {
  const core = coreColumns(session.registered, COMPUTED_COLUMNS);
  const places = core.places.map(({ name }) => quoteName(name)).join(', ');
  const rows = selectWithCore(
    core,
    places === '' ? '*' : `* exclude (${places})`,
    `(select id, stream_id, received_at, "encoding",
       ${REDACTED}(payload::varchar, coalesce("encoding", ''))::json as payload from ${source})`,
  );
  return `(${selectEvents({ columns: session.attributes }, rows)}) as events`;
}
