import { inRequestTerms } from './request-terms.js';

/** A header with the warnings of the command, such as that of a damaged segment. */
const WARNING_HEADER = 'telemetry-warning';

/** The longest value of the header, in characters: clients refuse headers of 8 to 16 KiB. */
const MAX_HEADER_CHARACTERS = 4096;

/** The header for what a command has printed on stderr before its reply; none for nothing. */
export function warningHeader(printed: string): Readonly<Record<string, string>> {
  const text = linesOf(printed)
    .join('; ')
    .replace(/[^\x20-\x7e]/g, '?');
  if (text === '') return {};
  const value = text.length <= MAX_HEADER_CHARACTERS ? text : `${text.slice(0, MAX_HEADER_CHARACTERS - 3)}...`;
  return { [WARNING_HEADER]: value };
}

/** Comments of a stream of server-sent events for what a command prints on stderr after its reply has begun. */
export function warningComments(printed: string): string {
  return linesOf(printed)
    .map(line => `: ${WARNING_HEADER}: ${line}\n\n`)
    .join('');
}

/** The lines, in terms of a request. The word "warning" is that of the header. */
function linesOf(printed: string): string[] {
  return printed
    .split('\n')
    .map(line => inRequestTerms(line.trim()).replace(/^warning: /, ''))
    .filter(line => line !== '');
}
