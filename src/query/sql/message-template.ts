import { quoteText } from '../../store/sql/text.js';

/** The SQL function that replaces the variable parts of a message: `message_template(message)`. */
export const TEMPLATE_FUNCTION = 'message_template';

/**
 * Characters of a message that its template is made of; the rest is ignored. Longer texts are documents, whose end tells
 * little, and each pass of a mask over 500 characters takes a microsecond.
 */
const MAX_TEXT = 500;

/** A regular expression (RE2) and what replaces its matches. */
interface Mask {
  readonly pattern: string;
  readonly replacement: string;
}

const HEX = '[0-9a-fA-F]';

const UUID: Mask = { pattern: `\\b${HEX}{8}-(?:${HEX}{4}-){3}${HEX}{12}\\b`, replacement: '<uuid>' };

/** A date with or without a time (RFC 3339 and ISO 8601, also with `/` and a decimal comma), or a time of day with seconds. */
const TIME: Mask = {
  pattern:
    '\\b[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:Z|[-+][0-9]{2}:?[0-9]{2})?)?\\b' +
    '|\\b[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?\\b',
  replacement: '<time>',
};

/** An IPv4 address with or without a port, or an IPv6 address of at least two groups before its `::`. */
const IP: Mask = {
  pattern:
    '\\b(?:[0-9]{1,3}\\.){3}[0-9]{1,3}\\b(?::[0-9]{1,5}\\b)?' +
    `|\\b(?:${HEX}{1,4}:){7}${HEX}{1,4}\\b|\\b(?:${HEX}{1,4}:){2,6}(?::${HEX}{1,4}){1,5}\\b`,
  replacement: '<ip>',
};

/** Replaces long decimal numbers before {@link HEXADECIMAL}, which would take them for ids. */
const LONG_NUMBER: Mask = { pattern: '\\b(?:[0-9]+[.,])*[0-9]{8,}(?:[.,][0-9]+)*\\b', replacement: '<num>' };

const HEXADECIMAL: Mask = { pattern: `\\b0[xX]${HEX}+\\b|\\b${HEX}{8,}\\b`, replacement: '<hex>' };

const NUMBER: Mask = { pattern: '[0-9]+(?:[.,][0-9]+)*(?:[eE][-+]?[0-9]+\\b)?', replacement: '<num>' };

/** A sign belongs to a number that nothing else precedes; in `node-12` the hyphen joins. */
const SIGN: Mask = { pattern: '(^|[\\s=(,:\\[])[-+]<num>', replacement: '\\1<num>' };

/** The part of a message that counts: its first line. */
const FIRST_LINE = `left(split_part(trim(message::varchar, e' \\t\\r\\n'), chr(10), 1), ${MAX_TEXT})`;

/*
 * Replacing takes RE2 several times as long as matching, so each step first asks whether the text can hold a match. The
 * steps are macros, since an argument of a macro is copied to each place that names it.
 */
const STEPS: readonly (readonly [name: string, sql: string])[] = [
  [
    'typed_',
    when(
      `${HEX}-${HEX}{4}-|[0-9][-:/][0-9]{2}[-:/]|[0-9][.][0-9]{1,3}[.][0-9]|${HEX}:${HEX}{1,4}:`,
      masked('given', UUID, TIME, IP),
      'given',
    ),
  ],
  ['hex_', when(`${HEX}{8}|0[xX]`, masked(step('typed_'), LONG_NUMBER, HEXADECIMAL), step('typed_'))],
  ['numbers_', when('[-+][0-9]', masked(step('hex_'), NUMBER, SIGN), masked(step('hex_'), NUMBER))],
  ['digits_', when('[0-9]', step('numbers_'), 'given')],
  [
    'spaces_',
    when('\\s\\s|[\\t\\r\\f]', `trim(regexp_replace(${step('digits_')}, '\\s+', ' ', 'g'))`, step('digits_')),
  ],
];

/**
 * SQL that defines {@link TEMPLATE_FUNCTION}: the first line of a message with `<uuid>`, `<time>`, `<ip>`, `<hex>` and
 * `<num>` in place of such values, and one space in place of each run of white space.
 */
export const TEMPLATE_MACROS = [
  ...STEPS.map(([name, sql]) => `create macro if not exists ${TEMPLATE_FUNCTION}_${name}(given) as ${sql}`),
  `create macro if not exists ${TEMPLATE_FUNCTION}(message) as ${TEMPLATE_FUNCTION}_spaces_(${FIRST_LINE})`,
].join('; ');

function step(name: string): string {
  return `${TEMPLATE_FUNCTION}_${name}(given)`;
}

function masked(sql: string, ...masks: readonly Mask[]): string {
  return masks.reduce(
    (text, { pattern, replacement }) =>
      `regexp_replace(${text}, ${quoteText(pattern)}, ${quoteText(replacement)}, 'g')`,
    sql,
  );
}

function when(pattern: string, then: string, otherwise: string): string {
  return `case when regexp_matches(given, ${quoteText(pattern)}) then ${then} else ${otherwise} end`;
}
