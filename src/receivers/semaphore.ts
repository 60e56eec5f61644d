/** Lets so many through at a time; the others wait in the order that they came. */
export interface Turnstile {
  /** Calls `go` when there is a place, at once if there is one now. Returns how to leave it, or the queue. */
  enter(go: () => void): () => void;
}

/** Creates one. */
export function turnstile(places: number): Turnstile {
  const waiting = new Set<() => void>();
  let free = places;

  function letIn(): void {
    for (const go of waiting) {
      if (free === 0) return;
      waiting.delete(go);
      free--;
      go();
    }
  }

  return {
    enter(go) {
      let hasLeft = false;
      // One of its own: what waits is told apart by it.
      const come = (): void => go();
      waiting.add(come);
      letIn();
      return () => {
        if (hasLeft) return;
        hasLeft = true;
        if (waiting.delete(come)) return;
        free++;
        letIn();
      };
    },
  };
}
