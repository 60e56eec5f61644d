/** The longest part of a line that an error shows, in characters. */
const EXCERPT_CHARACTERS = 40;

/** An error in a line of an exposition. */
export class LineError extends Error {
  /** @param line shown in the message, from offset `at` on */
  constructor(what: string, line?: string, at = 0) {
    super(line === undefined ? what : `${what}: ${excerpt(line, at)}`);
  }
}

function excerpt(line: string, at: number): string {
  const rest = line.slice(at, at + EXCERPT_CHARACTERS);
  return rest === '' ? 'the line ends' : JSON.stringify(rest);
}
