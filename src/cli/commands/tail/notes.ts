import type { TelemetryError } from '../../../core/errors.js';
import type { Leniency, Selection } from '../../../consumers/tail/selection.js';

/** Says that the filter fails for events that came in, and what would not. */
function troubleNote(leniency: Leniency, { message, remedy }: TelemetryError): string {
  const reason = message.split('\n', 1)[0]!.replace(/^--filter: /, '');
  const effect =
    leniency === 'lenient' ? 'events that it fails for are no match' : 'no event matches until other events come in';
  return `warning: the filter fails for events that came in: ${effect} (${reason})${remedy ? `\n${remedy}` : ''}`;
}

/** What to tell the user of the columns that a tail reads: at its start, and when they have changed. */
export function notesOn(now: Selection, before: Selection | undefined): string[] {
  const wasMissing = new Set(before?.missing.map(({ name }) => name));
  const isMissing = new Set(now.missing.map(({ name }) => name));
  return [
    ...now.missing
      .filter(({ name }) => !wasMissing.has(name))
      .map(
        ({ name, near }) =>
          `warning: no event has had "${name}" yet; it is NULL until one does${near ? ` (${near})` : ''}`,
      ),
    ...[...wasMissing]
      .filter(name => !isMissing.has(name))
      .map(name => `"${name}" has come: it takes part from here on`),
    ...[...now.typed]
      .filter(([name]) => !before?.typed.has(name))
      .map(([name, type]) => `warning: "${name}" now has values that are no ${type}; the filter takes those as NULL`),
    ...(now.leniency === (before?.leniency ?? 'strict') || !now.trouble
      ? []
      : [troubleNote(now.leniency, now.trouble)]),
  ];
}
