/** Tells of what befalls single lines: the first time what it is, at the end how often it was. */
export interface Notes {
  add(what: string): void;
  end(): void;
}

/** @param say takes a line for the user. */
export function notesOn(path: string, say: (text: string) => void): Notes {
  const counts = new Map<string, number>();
  return {
    add(what) {
      const count = (counts.get(what) ?? 0) + 1;
      counts.set(what, count);
      if (count === 1) say(`${path}: ${what}`);
    },
    end() {
      for (const [what, count] of counts) if (count > 1) say(`${path}: ${what} (${count} times)`);
    },
  };
}
