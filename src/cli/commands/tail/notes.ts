import { KIND, type Attribute } from '../../../core/attribute.js';
import type { TelemetryError } from '../../../core/errors.js';
import type { Leniency, Selection } from '../../../consumers/tail/selection.js';
import { isLevelColumn } from '../../../query/sql/meanings.js';
import { tokensOf } from '../../../query/sql/split-sql.js';

/** A warning that the filter fails for new events. */
function troubleNote(leniency: Leniency, { message, remedy }: TelemetryError): string {
  const reason = message.split('\n', 1)[0]!.replace(/^--filter: /, '');
  const effect =
    leniency === 'lenient' ? 'events that it fails for do not match' : 'no event matches until other events arrive';
  return `warning: the filter fails for new events: ${effect} (${reason})${remedy ? `\n${remedy}` : ''}`;
}

/** Columns of levels that the filter names and that some events have as a number, others as text. */
function mixedLevels(filter: string, attributes: readonly Attribute[]): string[] {
  const named = new Set(tokensOf(filter).map(({ text }) => text.replaceAll('"', '').toLowerCase()));
  return attributes
    .filter(({ name, kinds }) => isLevelColumn(name) && named.has(name.toLowerCase()) && isMixed(kinds))
    .map(({ name }) => name);
}

function isMixed(kinds: number): boolean {
  return (kinds & KIND.string) !== 0 && (kinds & (KIND.integer | KIND.double)) !== 0;
}

/** Notes for the user on the columns of a tail, at its start and after they change. @param filter the text of --filter */
export function notesOn(now: Selection, before: Selection | undefined, filter = ''): string[] {
  const wasMixed = before ? mixedLevels(filter, before.attributes) : [];
  const wasMissing = new Set(before?.missing.map(({ name }) => name));
  const isMissing = new Set(now.missing.map(({ name }) => name));
  return [
    ...now.missing
      .filter(({ name }) => !wasMissing.has(name))
      .map(
        ({ name, near }) => `warning: no event has "${name}" yet; it is NULL until one does${near ? ` (${near})` : ''}`,
      ),
    ...[...wasMissing]
      .filter(name => !isMissing.has(name))
      .map(name => `"${name}" has appeared and is used from now on`),
    ...[...now.typed]
      .filter(([name]) => !before?.typed.has(name))
      .map(
        ([name, type]) =>
          `warning: "${name}" now has values that are not of type ${type}; the filter treats those as NULL`,
      ),
    ...mixedLevels(filter, now.attributes)
      .filter(name => !wasMixed.includes(name))
      .map(
        name =>
          `warning: "${name}" is a number in some events and text in others; severity is the same for every sender`,
      ),
    ...(now.leniency === (before?.leniency ?? 'strict') || !now.trouble
      ? []
      : [troubleNote(now.leniency, now.trouble)]),
  ];
}
