import type { EventSink } from '../core/event.js';
import { openSchemaReader } from '../store/catalog/schemas.js';
import { hasRules, type PrivacyRules } from '../processors/redact/rules.js';
import { validationProcessor } from '../processors/validate/processor.js';
import type { ServerMetrics } from './metrics.js';
import type { StorePrivacy } from './privacy-policy.js';

/** The processors between decoders and the journal, and the redaction of stream properties. */
export interface Pipeline extends Partial<Pick<StorePrivacy, 'describe' | 'mayKeep'>> {
  /** @param spend wraps the sink to charge the rate limit for events that pass validation */
  readonly process: (journal: EventSink, spend?: (sink: EventSink) => EventSink) => EventSink;
  close(): void;
}

/**
 * Opens the processors of an existing store: validation by its registered schemas, then redaction.
 * @throws TelemetryError `failure` when the store cannot be read.
 */
export async function openPipeline(
  dir: string,
  rules: PrivacyRules | undefined,
  { privacy: counts, violated }: Pick<ServerMetrics, 'privacy' | 'violated'>,
): Promise<Pipeline> {
  // Loaded on demand: most stores have no privacy rules.
  const privacy =
    rules && hasRules(rules) ? (await import('./privacy-policy.js')).storePrivacy(dir, rules, counts) : undefined;
  const schemaReader = openSchemaReader(dir);
  const checked = validationProcessor({ schemas: () => schemaReader.schemas(), onViolation: violated });
  return {
    process(journal, spend = sink => sink) {
      return checked(spend(privacy ? privacy.process(journal) : journal));
    },
    ...(privacy && { describe: privacy.describe, mayKeep: privacy.mayKeep }),
    close: () => schemaReader.close(),
  };
}
