import type { ArchiveKindName, Compression } from '../../../core/archive-kind.js';
import { openCatalog } from '../../catalog/catalog.js';
import { archiveKind } from '../formats/registry.js';

/** The format and compression that the user chose for new segments. */
export interface ArchiveChoice {
  readonly kind: ArchiveKindName | undefined;
  readonly compression: Compression | undefined;
}

/**
 * Keeps what was chosen in the settings of the store at `dir`; what is undefined stays as it is.
 * @param say told in a sentence when that leaves segments of other kinds.
 */
export function chooseArchive(dir: string, { kind, compression }: ArchiveChoice, say: (text: string) => void): void {
  if (kind === undefined && compression === undefined) return;
  const catalog = openCatalog(dir, () => Date.now() * 1000);
  try {
    if (compression !== undefined) catalog.setSetting('archiveCompression', compression);
    if (kind === undefined) return;
    const before = archiveKind(catalog);
    catalog.setSetting('archive', kind);
    // Ends a conversion to none that did not come to its end: what it had put back does not count.
    if (kind !== 'none') catalog.setSetting('returned', undefined);
    const others = catalog.segments().filter(segment => segment.kind !== kind);
    if (before === kind || others.length === 0) return;
    const events = others.reduce((sum, segment) => sum + segment.events, 0).toLocaleString('en-US');
    say(
      `new events are archived as ${kind} from now on, no longer as ${before}. The ${events} events sealed before ` +
        `stay as they are, and can be queried as before; to move them: telemetry archive convert --to ${kind}`,
    );
  } finally {
    catalog.close();
  }
}
