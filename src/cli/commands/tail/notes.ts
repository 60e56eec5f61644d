import type { TelemetryError } from '../../../core/errors.js';
import type { Leniency, Selection } from '../../../consumers/tail/selection.js';

/** A warning that the filter fails for new events. */
function troubleNote(leniency: Leniency, { message, remedy }: TelemetryError): string {
  const reason = message.split('\n', 1)[0]!.replace(/^--filter: /, '');
  const effect =
    leniency === 'lenient' ? 'events that it fails for do not match' : 'no event matches until other events arrive';
  return `warning: the filter fails for new events: ${effect} (${reason})${remedy ? `\n${remedy}` : ''}`;
}

/** Notes for the user on the columns of a tail, at its start and after they change. */
export function notesOn(now: Selection, before: Selection | undefined): string[] {
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
    ...(now.leniency === (before?.leniency ?? 'strict') || !now.trouble
      ? []
      : [troubleNote(now.leniency, now.trouble)]),
  ];
}
