import { ENCODING, type EventMeta } from '../../core/event.js';
import { rescan } from '../../formats/json/rescan.js';
import { RedactionProcessor } from './processor.js';
import type { PrivacyRules } from './rules.js';

/** Events that leave are not counted: the metrics of redaction are of events that come in. */
const NO_COUNTS = { redacted: () => undefined, denied: () => undefined };

/**
 * Returns a function that applies privacy rules to one stored event, as a server does to an incoming one.
 * @param key the store's secret for keyed hashes.
 */
export function eventRedactor(rules: PrivacyRules, key: Uint8Array): (payload: string, encoding: string) => string {
  const meta: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  let redacted = '';
  const process = new RedactionProcessor(rules, key, NO_COUNTS).process((bytes, start, end) => {
    redacted = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
  });
  return (payload, encoding) => {
    const bytes = Buffer.from(payload);
    rescan(bytes, 0, bytes.length, meta);
    if (encoding === 'base64') meta.encoding = ENCODING.base64;
    process(bytes, 0, bytes.length, meta);
    return redacted;
  };
}
