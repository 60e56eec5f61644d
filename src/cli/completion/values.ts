import { CORE_COLUMNS } from '../../core/attribute.js';
import { EVENT_TYPE } from '../../core/vocabulary.js';
import { storedNames, type NameKind } from '../../store/catalog/stored-names.js';

/** Names that are valid even when the store does not contain them. */
const ALWAYS: Partial<Readonly<Record<NameKind, readonly string[]>>> = {
  columns: CORE_COLUMNS,
  types: [EVENT_TYPE.log, EVENT_TYPE.trace, EVENT_TYPE.metric, EVENT_TYPE.event],
};

/**
 * Names without shell metacharacters. Senders choose the keys, and a completion must not insert a command into a command
 * line.
 */
const HARMLESS = /^[\p{L}\p{N}_@][\p{L}\p{N}_@.:/+-]*$/u;

/** The candidates of a kind in a store. Returns an empty list instead of an error, since a prompt asks. */
export function completionValues(kind: NameKind, store: string): string[] {
  let names: string[] = [];
  try {
    names = storedNames(store, kind);
  } catch {
    // The store is missing, busy or of another version.
  }
  return [...new Set([...(ALWAYS[kind] ?? []), ...names])].filter(name => HARMLESS.test(name));
}
