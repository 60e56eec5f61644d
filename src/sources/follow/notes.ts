/** Reports problems of single lines: at the first, and at the end with their count. */
export interface Notes {
  add(what: string): void;
  end(): void;
}

/** Notes on one log. @param report takes a line for the user. */
export function notesOn(path: string, report: (text: string) => void): Notes {
  const counts = new Map<string, number>();
  return {
    add(what) {
      const count = (counts.get(what) ?? 0) + 1;
      counts.set(what, count);
      if (count === 1) report(`${path}: ${what}`);
    },
    end() {
      for (const [what, count] of counts) if (count > 1) report(`${path}: ${what} (${count} times)`);
    },
  };
}
