/*
 * The ways that encoders write a number that is not an integer. DuckDB's to_json writes it as yyjson does, `::varchar` as
 * Python does; both with the fewest digits that tell it from its neighbours.
 */

/** A way to write a double. */
interface NumberStyle {
  /** SQL for the text of a double. */
  readonly sql: (value: string) => string;
  /** The same text, computed here. */
  readonly text: (value: number) => string;
}

/** The digits of a number: 0.D1D2D3... times ten to the exponent plus one. */
interface Digits {
  readonly sign: string;
  readonly digits: string;
  readonly exponent: number;
}

/** The style with the empty name. */
const PLAIN: NumberStyle = {
  sql: value => `to_json(${value})::varchar`,
  text: value => written(value, -6, 21, e => `e${e}`),
};

/** Styles by the name that a shape stores. The first that fits is used. */
const STYLES: Readonly<Record<string, NumberStyle>> = {
  '': PLAIN,
  python: {
    sql: value => `${value}::varchar`,
    text: value => written(value, -4, 16, twoDigits),
  },
  /** Of Go and JavaScript. */
  go: {
    sql: value => `regexp_replace(${PLAIN.sql(value)}, 'e(\\d)', 'e+\\1')`,
    text: value => written(value, -6, 21, e => `e${signed(e)}`),
  },
  dotnet: {
    sql: value => `upper(${value}::varchar)`,
    text: value => written(value, -4, 16, twoDigits).toUpperCase(),
  },
  ruby: {
    sql: value => withPoint(`${value}::varchar`),
    text: value => written(value, -4, 16, twoDigits, '.0'),
  },
  php: {
    sql: value => `regexp_replace(${withPoint(`${value}::varchar`)}, 'e([+-])0', 'e\\1')`,
    text: value => written(value, -4, 16, e => `e${signed(e)}`, '.0'),
  },
  /** Shortest digits as Rust's ryu writes them. */
  rust: {
    sql: value => `case when abs(${value}) >= 1e-5 and abs(${value}) < 1e16 or ${value} = 0 then ${PLAIN.sql(value)}
      else regexp_replace(${value}::varchar, 'e(-?)[+]?0?', 'e\\1') end`,
    text: value => written(value, -5, 16, e => `e${e}`),
  },
  /** Of Java, Kotlin and Scala. */
  java: {
    sql: value => `case when abs(${value}) >= 1e-3 and abs(${value}) < 1e7 or ${value} = 0 then ${value}::varchar
      when abs(${value}) >= 1e-4 and abs(${value}) < 1e-3
        then regexp_replace(regexp_replace(${value}::varchar, '0\\.000(\\d)(\\d*)$', '\\1.\\2E-4'), '\\.E', '.0E')
      when abs(${value}) >= 1e7 and abs(${value}) < 1e16 then ${javaLarge(value)}
      else replace(regexp_replace(${withPoint(`${value}::varchar`)}, 'e([+-])0?', 'E\\1'), 'E+', 'E') end`,
    text: value => written(value, -3, 7, e => `E${e}`, '.0'),
  },
};

/** Most decimals of a style: doubles have no more significant digits. */
const MAX_DECIMALS = 17;

const FIXED = /^fixed(\d+)$/;
const SCIENTIFIC = /^(e|E)(\d+)$/;

/** The styles that could have written a text, plain first. */
export function numberStyles(example: string): string[] {
  const [, decimals, exponent] = /^-?\d+(?:\.(\d+))?([eE].*)?$/.exec(example) ?? [];
  const count = decimals?.length ?? 0;
  const names = Object.keys(STYLES);
  if (count > MAX_DECIMALS) return names;
  if (exponent !== undefined) return [...names, `${exponent[0]!}${count}`];
  return count > 0 ? [...names, `fixed${count}`] : names;
}

/** SQL for the text of a double in a style. */
export function numberSql(value: string, style: string): string {
  return styleNamed(style).sql(value);
}

/** The text that {@link numberSql} gives for the same value. */
export function numberText(value: number, style: string): string {
  return styleNamed(style).text(value);
}

/** @throws Error for a style that this build does not know. */
function styleNamed(name: string): NumberStyle {
  const known = STYLES[name];
  if (known) return known;
  const fixed = FIXED.exec(name)?.[1];
  if (fixed !== undefined) {
    return { sql: value => `printf('%.${fixed}f', ${value})`, text: value => fixedText(value, Number(fixed)) };
  }
  const [, letter, digits] = SCIENTIFIC.exec(name) ?? [];
  if (letter === undefined) throw new Error(`no style of numbers is called "${name}"`);
  return {
    sql: value => `printf('%.${digits}${letter}', ${value})`,
    text: value => scientific(value.toExponential(Number(digits)), letter),
  };
}

/** From this value on, JavaScript writes no decimals. */
const MAX_FIXED = 1e21;

function fixedText(value: number, decimals: number): string {
  if (Math.abs(value) >= MAX_FIXED) return '';
  return Object.is(value, -0) ? `-${(0).toFixed(decimals)}` : value.toFixed(decimals);
}

function scientific(text: string, letter: string): string {
  const [mantissa, exponent] = text.split('e') as [string, string];
  return `${mantissa}${letter}${twoDigits(Number(exponent)).slice(1)}`;
}

/**
 * A number in scientific notation when its exponent is less than `from` or at least `to`; else with a decimal point.
 */
function written(value: number, from: number, to: number, exponentText: (e: number) => string, whole = ''): string {
  const { sign, digits, exponent } = digitsOf(value);
  if (value !== 0 && (exponent < from || exponent >= to)) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : whole;
    return `${sign}${digits[0]!}${fraction}${exponentText(exponent)}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const padded = digits.padEnd(exponent + 1, '0');
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`;
}

function digitsOf(value: number): Digits {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa, exponent] = Math.abs(value).toExponential().split('e') as [string, string];
  return { sign, digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

function signed(exponent: number): string {
  return exponent < 0 ? String(exponent) : `+${exponent}`;
}

function twoDigits(exponent: number): string {
  return `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Adds `.0` to a mantissa without a point: `1e-07` becomes `1.0e-07`. */
function withPoint(text: string): string {
  return `regexp_replace(${text}, '^(-?\\d)e', '\\1.0e')`;
}

/** Scientific notation as in Java: 12345678.5 becomes `1.23456785E7`. */
function javaLarge(value: string): string {
  const text = `abs(${value})::varchar`;
  const whole = `split_part(${text}, '.', 1)`;
  const rest = `nullif(rtrim(${whole}[2:] || split_part(${text}, '.', 2), '0'), '')`;
  return `concat(if(${value} < 0, '-', ''), ${whole}[1], '.', coalesce(${rest}, '0'), 'E', length(${whole}) - 1)`;
}
