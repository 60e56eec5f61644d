import { ENCODING, type EventMeta, type EventSink } from '../../core/event.js';
import { MAX_KNOWN_SHAPES } from '../../core/limits.js';
import { rescan } from '../../formats/json/rescan.js';
import { deniedTypes } from './denied-types.js';
import { detectorsIn, pathsIn, redactBinary, redactText } from './detectors.js';
import { keyedHash } from './keyed-hash.js';
import { pathsOf, type Paths } from './paths.js';
import { rewriter } from './rewrite.js';
import type { PrivacyCounts, PrivacyRules } from './rules.js';

/** The processor between the decoders and the journal that keeps data out of the store as the rules demand. */
export interface RedactionProcessor {
  /** Forwards each event: unchanged, rewritten, or as a denied one of which nothing is stored. */
  readonly process: (journal: EventSink) => EventSink;
  /** Redacts a text that describes a stream, such as its path. */
  readonly text: (text: string) => string;
  /** Redacts JSON that describes a stream, such as its headers. */
  readonly json: (json: string) => string;
}

/** The metadata that replaces an event of a denied type. */
const DENIED: EventMeta = { shape: 0, encoding: ENCODING.denied, idStart: -1, idEnd: -1 };

/**
 * Creates the processor of a server.
 * @param key the store's secret for keyed hashes.
 * Over 60 lines: the sinks share the caches of shapes, and run once an event.
 */
export function redactionProcessor(rules: PrivacyRules, key: Uint8Array, counts: PrivacyCounts): RedactionProcessor {
  const detectors = detectorsIn(rules.redact);
  const paths = pathsOf({ redact: pathsIn(rules.redact), hash: rules.hash, drop: rules.drop });
  const isDenied = deniedTypes(rules.denyType);
  const redacted = (what: Parameters<PrivacyCounts['redacted']>[0], count: number): void =>
    counts.redacted(what, count);
  const json = rewriter({ detectors, hash: keyedHash(key), redacted });
  const meta: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  /** Shapes whose events have no key on a path. */
  const unmet = new Set<number>();
  /** Shapes of rewritten events, by the shape received. */
  const rewritten = new Map<number, number>();

  function pathsFor(shape: number): Paths {
    return paths && !unmet.has(shape) ? paths : undefined;
  }

  function noteShape(shape: number): void {
    if (json.metPath) return;
    if (unmet.size >= MAX_KNOWN_SHAPES) unmet.clear();
    unmet.add(shape);
  }

  /** Metadata of a rewritten event. Its shape is cached where it follows from the one received. */
  function metaOf(given: EventMeta, length: number): EventMeta {
    const isTold = json.isShapeTold && given.encoding === ENCODING.none;
    const shape = isTold ? rewritten.get(given.shape) : undefined;
    if (shape === undefined) {
      rescan(json.bytes, 0, length, meta);
      if (!isTold) return meta;
      if (rewritten.size >= MAX_KNOWN_SHAPES) rewritten.clear();
      rewritten.set(given.shape, meta.shape);
      return meta;
    }
    meta.shape = shape;
    meta.encoding = ENCODING.none;
    meta.idStart = given.idStart < 0 ? -1 : json.idAt;
    meta.idEnd = given.idStart < 0 ? -1 : json.idAt + given.idEnd - given.idStart;
    return meta;
  }

  /** A binary message may hold text. */
  function cleanBinary(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    const base64 = Buffer.from(bytes.buffer, bytes.byteOffset + start + 1, end - start - 2).toString('latin1');
    const message = Buffer.from(base64, 'base64').toString('latin1');
    const clean = redactBinary(message, detectors, redacted);
    return clean === message ? undefined : Buffer.from(`"${Buffer.from(clean, 'latin1').toString('base64')}"`);
  }

  return {
    process: journal => (bytes, start, end, given) => {
      if (isDenied(bytes, start, end)) {
        counts.denied();
        journal(bytes, start, start, DENIED);
        return;
      }
      if (given.encoding === ENCODING.base64) {
        const clean = cleanBinary(bytes, start, end);
        if (clean) rescan(clean, 0, clean.length, meta);
        if (clean) journal(clean, 0, clean.length, { ...meta, encoding: ENCODING.base64 });
        else journal(bytes, start, end, given);
        return;
      }
      const ahead = pathsFor(given.shape);
      const length =
        ahead || detectors.length > 0
          ? json.rewrite(bytes, start, end, ahead, given.idStart < 0 ? -1 : start + given.idStart)
          : 0;
      if (ahead) noteShape(given.shape);
      if (length === 0) journal(bytes, start, end, given);
      else journal(json.bytes, 0, length, metaOf(given, length));
    },
    text: text => redactText(text, detectors, redacted),
    json(text) {
      const bytes = Buffer.from(text);
      const length = json.rewrite(bytes, 0, bytes.length, undefined, -1);
      return length === 0 ? text : Buffer.from(json.bytes.subarray(0, length)).toString();
    },
  };
}
