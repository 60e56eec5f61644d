import { ENCODING, type EventFacts, type EventSink } from '../core/event.js';
import { MAX_KNOWN_SHAPES } from '../core/limits.js';
import { rescan } from '../decode/rescan.js';
import { typeOf } from './denied-types.js';
import { redactText } from './detectors.js';
import { keyedHash } from './keyed-hash.js';
import { pathsOf, type Paths } from './paths.js';
import { rewriter } from './rewrite.js';
import { detectorsIn, pathsIn, type PrivacyCounts, type PrivacyRules } from './rules.js';
import { suspectFor } from './suspect.js';

/** What stands between the decoders and the journal so that nothing of what the rules name is stored. */
export interface PrivacyGate {
  /** Passes each event on: as it is, rewritten, or, when its type is denied, as one of which nothing is stored. */
  readonly admit: (journal: EventSink) => EventSink;
  /** A text that describes a stream, such as its path, without what the detectors find in it. */
  readonly text: (text: string) => string;
  /** The same for JSON, such as a stream's headers. */
  readonly json: (json: string) => string;
}

/** What an event of a denied type is passed on as. */
const DENIED: EventFacts = { shape: 0, encoding: ENCODING.denied, idStart: -1, idEnd: -1 };

/** Creates the gate of a server. @param key the secret of the store that hashes are keyed with. */
export function privacyGate(rules: PrivacyRules, key: Uint8Array, counts: PrivacyCounts): PrivacyGate {
  const detectors = detectorsIn(rules.redact);
  const paths = pathsOf({ redact: pathsIn(rules.redact), hash: rules.hash, drop: rules.drop });
  const suspect = suspectFor(detectors);
  const deniedTypes = new Set(rules.denyType);
  const redacted = (what: Parameters<PrivacyCounts['redacted']>[0], count: number): void =>
    counts.redacted(what, count);
  const json = rewriter({ detectors, suspect, hash: keyedHash(key), redacted });
  const facts: EventFacts = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  /** Shapes of which no event has a key that a path names. */
  const unmet = new Set<number>();

  function pathsFor(shape: number): Paths {
    return paths && !unmet.has(shape) ? paths : undefined;
  }

  function noteShape(shape: number): void {
    if (json.metPath) return;
    if (unmet.size >= MAX_KNOWN_SHAPES) unmet.clear();
    unmet.add(shape);
  }

  /** A binary message may hold text. */
  function cleanBinary(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    const base64 = Buffer.from(bytes.buffer, bytes.byteOffset + start + 1, end - start - 2).toString('latin1');
    const message = Buffer.from(base64, 'base64');
    if (!suspect(message, 0, message.length)) return undefined;
    const text = message.toString('latin1');
    const clean = redactText(text, detectors, redacted);
    return clean === text ? undefined : Buffer.from(`"${Buffer.from(clean, 'latin1').toString('base64')}"`);
  }

  function cleanText(text: string): string {
    return redactText(text, detectors, redacted);
  }

  return {
    admit: journal => (bytes, start, end, given) => {
      if (deniedTypes.size > 0 && deniedTypes.has(typeOf(bytes, start, end))) {
        counts.denied();
        journal(bytes, start, start, DENIED);
        return;
      }
      const isBinary = given.encoding === ENCODING.base64;
      const ahead = isBinary ? undefined : pathsFor(given.shape);
      if (!isBinary && !ahead && !suspect(bytes, start, end)) {
        journal(bytes, start, end, given);
        return;
      }
      const clean = isBinary ? cleanBinary(bytes, start, end) : json.rewrite(bytes, start, end, ahead);
      if (ahead) noteShape(given.shape);
      if (!clean) {
        journal(bytes, start, end, given);
        return;
      }
      rescan(clean, 0, clean.length, facts);
      if (isBinary) facts.encoding = ENCODING.base64;
      journal(clean, 0, clean.length, facts);
    },
    text: text => cleanText(text),
    json(text) {
      const bytes = Buffer.from(text);
      if (!suspect(bytes, 0, bytes.length)) return text;
      return Buffer.from(json.rewrite(bytes, 0, bytes.length, undefined) ?? bytes).toString();
    },
  };
}
