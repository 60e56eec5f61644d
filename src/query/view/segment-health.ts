import { glanceAtSegment, inspectSegment } from '../../store/archive/check/check-segment.js';
import type { Segment } from '../../store/catalog/segments.js';

/** Called once for each segment in view whose events are missing from all answers, with the reason. */
export type OnDamaged = (segment: Segment, problem: string) => void;

/** The problem of a segment that is known to be damaged: verify has moved its file away. */
export const SET_ASIDE = 'verify has set it aside';

/** The segments that a session has found sound and damaged so far. */
export class SegmentHealth {
  readonly #dir: string;
  readonly #onDamaged: OnDamaged;
  readonly #problems = new Map<number, string>();
  readonly #glancedAt = new Set<number>();
  readonly #sound = new Set<number>();
  readonly #reported = new Set<number>();

  constructor(dir: string, onDamaged: OnDamaged) {
    this.#dir = dir;
    this.#onDamaged = onDamaged;
  }

  /** False for a segment whose file is missing, cut short, or was found damaged before. Reads no contents. */
  isSound(segment: Segment): boolean {
    if (!this.#glancedAt.has(segment.id)) {
      this.#glancedAt.add(segment.id);
      const problem = glanceAtSegment(this.#dir, segment);
      if (problem !== undefined) this.#problems.set(segment.id, problem);
    }
    return !this.#problems.has(segment.id);
  }

  /** Looks at all files again from now on. */
  forget(): void {
    this.#glancedAt.clear();
    this.#sound.clear();
  }

  isDamaged(id: number): boolean {
    return this.#problems.has(id);
  }

  /**
   * Reads files whole and compares them with their seals. Returns true when it found damage.
   * @param again true to read files again that were found sound before.
   */
  async inspect(segments: readonly Segment[], again: boolean): Promise<boolean> {
    const before = this.#problems.size;
    for (const segment of segments) {
      if (!again && this.#sound.has(segment.id)) continue;
      const problem = await inspectSegment(this.#dir, segment);
      if (problem === undefined) this.#sound.add(segment.id);
      else this.#problems.set(segment.id, problem);
    }
    return this.#problems.size > before;
  }

  /** Reports segments that are missing from answers: those found damaged, and those that verify has set aside. */
  report(found: readonly Segment[], aside: readonly Segment[]): void {
    for (const segment of found) this.#reportOnce(segment, this.#problems.get(segment.id)!);
    for (const segment of aside) this.#reportOnce(segment, SET_ASIDE);
  }

  #reportOnce(segment: Segment, problem: string): void {
    if (!this.#reported.has(segment.id)) this.#onDamaged(segment, problem);
    this.#reported.add(segment.id);
  }
}
