import type { EventSink } from '../core/event.js';
import { openSchemaReader } from '../store/catalog/schemas.js';
import { hasRules, type PrivacyRules } from '../processors/redact/rules.js';
import { validationProcessor } from '../processors/validate/processor.js';
import type { ServerMetrics } from './metrics.js';
import type { StorePrivacy } from './privacy-policy.js';

/** What every event passes between its decoder and the journal, and what the store keeps of the streams. */
export interface StoreGates extends Partial<Pick<StorePrivacy, 'describe' | 'mayKeep'>> {
  /** @param spend what an event is taken out of once the schemas have let it pass. */
  readonly admit: (journal: EventSink, spend?: (sink: EventSink) => EventSink) => EventSink;
  close(): void;
}

/**
 * Opens the gates of the store at `dir`, which is there and up to date: its registered schemas, then the rules of privacy.
 * @throws TelemetryError `failure` when the store cannot be read.
 */
export async function openGates(
  dir: string,
  rules: PrivacyRules | undefined,
  { privacy: counts, violated }: Pick<ServerMetrics, 'privacy' | 'violated'>,
): Promise<StoreGates> {
  // Loaded only where there are rules: most stores have none.
  const privacy =
    rules && hasRules(rules) ? (await import('./privacy-policy.js')).storePrivacy(dir, rules, counts) : undefined;
  const schemaReader = openSchemaReader(dir);
  const checked = validationProcessor({ schemas: () => schemaReader.schemas(), onViolation: violated });
  return {
    admit(journal, spend = sink => sink) {
      return checked(spend(privacy ? privacy.admit(journal) : journal));
    },
    ...(privacy && { describe: privacy.describe, mayKeep: privacy.mayKeep }),
    close: () => schemaReader.close(),
  };
}
