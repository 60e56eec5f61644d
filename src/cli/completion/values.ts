import { CORE_COLUMNS } from '../../core/attribute.js';
import { EVENT_TYPE } from '../../core/vocabulary.js';
import { storedNames, type NameKind } from '../../store/catalog/stored-names.js';

/** Names that a store may lack and that are right all the same. */
const ALWAYS: Partial<Readonly<Record<NameKind, readonly string[]>>> = {
  columns: CORE_COLUMNS,
  types: [EVENT_TYPE.log, EVENT_TYPE.trace, EVENT_TYPE.metric, EVENT_TYPE.event],
};

/**
 * Names that mean nothing to a shell: keys come from whoever sends events, and a completion must not put a command
 * into a command line.
 */
const HARMLESS = /^[\p{L}\p{N}_@][\p{L}\p{N}_@.:/+-]*$/u;

/** What can stand for a value on the command line. Empty rather than an error: it is asked for at a prompt. */
export function completionValues(kind: NameKind, store: string): string[] {
  let names: string[] = [];
  try {
    names = storedNames(store, kind);
  } catch {
    // No store, one of another version, or one that is busy.
  }
  return [...new Set([...(ALWAYS[kind] ?? []), ...names])].filter(name => HARMLESS.test(name));
}
