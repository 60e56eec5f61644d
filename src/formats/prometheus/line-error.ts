/** The longest part of a line that an error shows, in characters. */
const EXCERPT_CHARACTERS = 40;

/** A problem with a line of an exposition, in words. */
export class LineError extends Error {
  /** @param line where it is to be shown, from an offset on */
  constructor(what: string, line?: string, at = 0) {
    super(line === undefined ? what : `${what}: ${excerpt(line, at)}`);
  }
}

function excerpt(line: string, at: number): string {
  const rest = line.slice(at, at + EXCERPT_CHARACTERS);
  return rest === '' ? 'the line ends' : JSON.stringify(rest);
}
