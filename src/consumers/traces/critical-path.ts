import type { Forest } from './forest.js';
import { TOLERANCE_MS, type Timing } from './timing.js';

/** A part of the critical path: from then to then, the trace waited for this span itself. */
export interface Section {
  readonly span: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The stand-in for the trace as a whole, whose children are the roots. */
const TRACE = -1;

interface Window {
  readonly span: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The critical path of a trace, in the order of time: the spans whose shortening would have ended the roots earlier. From
 * the end of a span back, it follows the child that ended last, up to that child's start, then the one that ended last
 * before, as in Jaeger. What a child does after its parent's end is not on it.
 */
export function criticalPath({ children, roots }: Forest, { starts, ends, fromMs, toMs }: Timing): Section[] {
  const sections: Section[] = [];
  const stack: Window[] = [{ span: TRACE, from: fromMs, to: toMs }];
  const section = (span: number, from: number, to: number): void => {
    if (span !== TRACE && to > from) sections.push({ span, fromMs: from, toMs: to });
  };
  for (let window = stack.pop(); window; window = stack.pop()) {
    const { span, from, to } = window;
    const endIn = (i: number): number => Math.min(ends[i]!, to);
    const below = [...(span === TRACE ? roots : children[span]!)];
    below.sort((a, b) => endIn(b) - endIn(a) || starts[a]! - starts[b]!);
    let at = to;
    for (const child of below) {
      if (endIn(child) > at + TOLERANCE_MS) continue;
      const [start, end] = [Math.max(starts[child]!, from), Math.min(endIn(child), at)];
      if (start >= end) continue;
      section(span, end, at);
      stack.push({ span: child, from: start, to: end });
      at = start;
    }
    section(span, from, at);
  }
  return sections.sort((a, b) => a.fromMs - b.fromMs);
}
