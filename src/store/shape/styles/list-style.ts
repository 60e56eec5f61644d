import { numberText } from './number-style.js';
import { LEARNED, restyledSql, restyledText, usualString, type StringStyle } from './string-style.js';

/*
 * The ways that encoders write an array. The column has it as DuckDB writes JSON, without white space; where no style gives
 * back what was sent, the column has the text as it was sent.
 */

/** Styles with a blank after commas: of no list, of lists of texts, of lists without a comma in a text. */
const SEPARATORS = ['', '"', ','] as const;

type Separator = (typeof SEPARATORS)[number];

/** The style of a slot whose column has the list as sent. */
export const AS_SENT = '=';

/** Every style by name, plain first. */
export const LIST_STYLES: readonly string[] = SEPARATORS.flatMap(separator => [separator, separator + LEARNED]);

/** SQL for a list in a style. @param column SQL for its column. */
export function listSql(column: string, style: string, strings: StringStyle): string {
  const text = `${column}::varchar`;
  if (style === AS_SENT) return text;
  const spaced = separate(separatorOf(style), text, (sql, from, to) => `replace(${sql}, '${from}', '${to}')`);
  return style.endsWith(LEARNED) ? restyledSql(spaced, text, strings) : spaced;
}

/** The text that {@link listSql} gives for the text of {@link usualList}. */
export function listText(usual: string, style: string, strings: StringStyle): string {
  const spaced = separate(separatorOf(style), usual, (text, from, to) => text.replaceAll(from, to));
  return style.endsWith(LEARNED) ? restyledText(spaced, strings) : spaced;
}

function separatorOf(style: string): Separator {
  return style.replace(LEARNED, '') as Separator;
}

function separate(
  separator: Separator,
  text: string,
  replace: (text: string, from: string, to: string) => string,
): string {
  if (separator === '') return text;
  return separator === '"' ? replace(text, '","', '", "') : replace(text, ',', ', ');
}

/** Approximately the text that DuckDB writes for an array. A wrong guess only makes a style that does not fit. */
export function usualList(json: string): string {
  return json.replaceAll(/\s+|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs, token => {
    if (token.startsWith('"')) return token.includes('\\') ? usualString(JSON.parse(token) as string) : token;
    if (/^\s/.test(token)) return '';
    if (token === '-0') return '0';
    return /[.eE]/.test(token) && Number.isFinite(Number(token)) ? numberText(Number(token), '') : token;
  });
}
