import { ENCODING, type EventMeta, type EventSink } from '../../core/event.js';
import { MAX_KNOWN_SHAPES } from '../../core/limits.js';
import { rescan } from '../../formats/json/rescan.js';
import { deniedTypes } from './denied-types.js';
import { detectorsIn, pathsIn, redactBinary, redactText, type Detector } from './detectors.js';
import { keyedHash } from './keyed-hash.js';
import { pathsOf, type Paths } from './paths.js';
import { Rewriter, type RewriteOptions } from './rewrite.js';
import type { PrivacyCounts, PrivacyRules } from './rules.js';

/** The metadata that replaces an event of a denied type. */
const DENIED: EventMeta = { shape: 0, encoding: ENCODING.denied, idStart: -1, idEnd: -1 };

/** The processor between the decoders and the journal that keeps data out of the store as the rules demand. */
export class RedactionProcessor {
  readonly #counts: PrivacyCounts;
  readonly #detectors: readonly Detector[];
  readonly #paths: Paths;
  readonly #isDenied: ReturnType<typeof deniedTypes>;
  readonly #redacted: RewriteOptions['redacted'];
  readonly #rewriter: Rewriter;
  readonly #meta: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
  /** Shapes whose events have no key on a path. */
  readonly #unmet = new Set<number>();
  /** Shapes of rewritten events, by the shape received. */
  readonly #rewritten = new Map<number, number>();

  /** @param key the store's secret for keyed hashes. */
  constructor(rules: PrivacyRules, key: Uint8Array, counts: PrivacyCounts) {
    this.#counts = counts;
    this.#detectors = detectorsIn(rules.redact);
    this.#paths = pathsOf({ redact: pathsIn(rules.redact), hash: rules.hash, drop: rules.drop });
    this.#isDenied = deniedTypes(rules.denyType);
    this.#redacted = (what, count) => counts.redacted(what, count);
    this.#rewriter = new Rewriter({ detectors: this.#detectors, hash: keyedHash(key), redacted: this.#redacted });
  }

  /** Forwards each event: unchanged, rewritten, or as a denied one of which nothing is stored. */
  process(journal: EventSink): EventSink {
    return (bytes, start, end, given) => {
      if (this.#isDenied(bytes, start, end)) {
        this.#counts.denied();
        journal(bytes, start, start, DENIED);
      } else if (given.encoding === ENCODING.base64) {
        this.#processBinary(journal, bytes, start, end, given);
      } else {
        this.#processText(journal, bytes, start, end, given);
      }
    };
  }

  /** Redacts a text that describes a stream, such as its path. */
  text(text: string): string {
    return redactText(text, this.#detectors, this.#redacted);
  }

  /** Redacts JSON that describes a stream, such as its headers. */
  json(text: string): string {
    const bytes = Buffer.from(text);
    const length = this.#rewriter.rewrite(bytes, 0, bytes.length, undefined, -1);
    return length === 0 ? text : Buffer.from(this.#rewriter.bytes.subarray(0, length)).toString();
  }

  #processText(journal: EventSink, bytes: Uint8Array, start: number, end: number, given: EventMeta): void {
    const ahead = this.#pathsFor(given.shape);
    const idAt = given.idStart < 0 ? -1 : start + given.idStart;
    const isSearched = ahead !== undefined || this.#detectors.length > 0;
    const length = isSearched ? this.#rewriter.rewrite(bytes, start, end, ahead, idAt) : 0;
    if (ahead) this.#noteShape(given.shape);
    if (length === 0) journal(bytes, start, end, given);
    else journal(this.#rewriter.bytes, 0, length, this.#metaOf(given, length));
  }

  /** A binary message may hold text. */
  #processBinary(journal: EventSink, bytes: Uint8Array, start: number, end: number, given: EventMeta): void {
    const base64 = Buffer.from(bytes.buffer, bytes.byteOffset + start + 1, end - start - 2).toString('latin1');
    const message = Buffer.from(base64, 'base64').toString('latin1');
    const clean = redactBinary(message, this.#detectors, this.#redacted);
    if (clean === message) {
      journal(bytes, start, end, given);
      return;
    }
    const rewritten = Buffer.from(`"${Buffer.from(clean, 'latin1').toString('base64')}"`);
    rescan(rewritten, 0, rewritten.length, this.#meta);
    journal(rewritten, 0, rewritten.length, { ...this.#meta, encoding: ENCODING.base64 });
  }

  #pathsFor(shape: number): Paths {
    return this.#paths && !this.#unmet.has(shape) ? this.#paths : undefined;
  }

  #noteShape(shape: number): void {
    if (this.#rewriter.metPath) return;
    if (this.#unmet.size >= MAX_KNOWN_SHAPES) this.#unmet.clear();
    this.#unmet.add(shape);
  }

  /** Metadata of a rewritten event. Its shape is cached where it follows from the one received. */
  #metaOf(given: EventMeta, length: number): EventMeta {
    const meta = this.#meta;
    const { bytes, isShapeTold, idAt } = this.#rewriter;
    const isTold = isShapeTold && given.encoding === ENCODING.none;
    const shape = isTold ? this.#rewritten.get(given.shape) : undefined;
    if (shape === undefined) {
      rescan(bytes, 0, length, meta);
      if (!isTold) return meta;
      if (this.#rewritten.size >= MAX_KNOWN_SHAPES) this.#rewritten.clear();
      this.#rewritten.set(given.shape, meta.shape);
      return meta;
    }
    meta.shape = shape;
    meta.encoding = ENCODING.none;
    meta.idStart = given.idStart < 0 ? -1 : idAt;
    meta.idEnd = given.idStart < 0 ? -1 : idAt + given.idEnd - given.idStart;
    return meta;
  }
}
