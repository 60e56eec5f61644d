import type { StreamOpening } from '../store/journal/batch.js';
import { storeSecret } from '../store/database/secrets.js';
import { redactionProcessor, type RedactionProcessor } from '../processors/redact/processor.js';
import type { PrivacyCounts, PrivacyRules } from '../processors/redact/rules.js';

/** The name of the secret that hashes are keyed with. */
const HASH_KEY = 'hash';

/** Descriptions of streams that came often are remembered, up to this many. */
const MAX_REMEMBERED = 256;

/** A stream as it begins, before the store has given it an id. */
type Opening = Omit<StreamOpening, 'id' | 'startedAt'>;

/** What keeps personal data out of one store: of events, and of what is kept about their streams. */
export interface StorePrivacy {
  readonly admit: RedactionProcessor['process'];
  readonly describe: (opening: Opening) => Opening;
  /** Whether a text holds nothing that has to be redacted. */
  readonly mayKeep: (text: string) => boolean;
}

/**
 * Puts rules into force for the store at `dir`.
 * @throws TelemetryError `failure` when the store's secret cannot be read.
 */
export function storePrivacy(dir: string, rules: PrivacyRules, counts: PrivacyCounts): StorePrivacy {
  const gate = redactionProcessor(rules, storeSecret(dir, HASH_KEY), counts);
  const text = remembering(gate.text);
  const json = remembering(gate.json);
  return {
    admit: gate.process,
    mayKeep: kept => gate.text(kept) === kept,
    describe: ({ transport, remote, path, headers }) => ({
      transport,
      remote: remote === undefined ? undefined : text(remote),
      path: path === undefined ? undefined : text(path),
      headers: json(headers),
    }),
  };
}

function remembering(clean: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return text => {
    let result = known.get(text);
    if (result === undefined) {
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(text, (result = clean(text)));
    }
    return result;
  };
}
