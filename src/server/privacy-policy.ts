import type { StreamOpening } from '../store/journal/batch.js';
import { storeSecret } from '../store/database/secrets.js';
import { RedactionProcessor } from '../processors/redact/processor.js';
import type { PrivacyCounts, PrivacyRules } from '../processors/redact/rules.js';

/** The name of the secret that keys the hashes. */
const HASH_KEY = 'hash';

/** Maximum number of cached texts of stream properties, which repeat often. */
const MAX_CACHED = 256;

/** The opening of a stream, before the store assigns an id. */
type Opening = Omit<StreamOpening, 'id' | 'startedAt'>;

/** Keeps personal data out of one store, both in events and in the properties of their streams. */
export interface StorePrivacy {
  readonly process: RedactionProcessor['process'];
  readonly describe: (opening: Opening) => Opening;
  /** True for a text that contains nothing to redact. */
  readonly mayKeep: (text: string) => boolean;
}

/**
 * Applies privacy rules to the store at `dir`.
 * @throws TelemetryError `failure` when the secret of the store cannot be read.
 */
export function storePrivacy(dir: string, rules: PrivacyRules, counts: PrivacyCounts): StorePrivacy {
  const processor = new RedactionProcessor(rules, storeSecret(dir, HASH_KEY), counts);
  const text = cached(given => processor.text(given));
  const json = cached(given => processor.json(given));
  return {
    process: journal => processor.process(journal),
    mayKeep: kept => processor.text(kept) === kept,
    describe: ({ transport, remote, path, headers }) => ({
      transport,
      remote: remote === undefined ? undefined : text(remote),
      path: path === undefined ? undefined : text(path),
      headers: json(headers),
    }),
  };
}

function cached(clean: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return text => {
    let result = known.get(text);
    if (result === undefined) {
      if (known.size >= MAX_CACHED) known.clear();
      known.set(text, (result = clean(text)));
    }
    return result;
  };
}
