const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/;

const NOT_FINITE = /^([+-]?)(nan|inf(?:inity)?)$/i;

/** A number of another format, for an event. JSON has no NaN and no infinity: they are kept as text. */
export interface NumberText {
  /** The number as JSON with all digits sent, or `null`. */
  readonly json: string;
  /** `NaN`, `+Inf` or `-Inf` where `json` is `null`. */
  readonly special: 'NaN' | '+Inf' | '-Inf' | undefined;
}

/**
 * Reads a number such as `1027`, `1.7560473e+07`, `+.5`, `0042`, `+Inf` or `NaN`. Undefined for any other text, or a
 * number too large for a 64-bit float.
 */
export function numberText(text: string): NumberText | undefined {
  if (JSON_NUMBER.test(text)) return Number.isFinite(Number(text)) ? { json: text, special: undefined } : undefined;
  const [, sign = '', whole = '', fraction = '', exponent = ''] = NUMBER.exec(text) ?? [];
  if (whole !== '' || fraction !== '') {
    const point = fraction === '' ? '' : `.${fraction}`;
    const json = `${sign === '-' ? '-' : ''}${whole.replace(/^0+(?=\d)/, '') || '0'}${point}${exponent}`;
    return Number.isFinite(Number(json)) ? { json, special: undefined } : undefined;
  }
  const [, side, name] = NOT_FINITE.exec(text) ?? [];
  if (name === undefined) return undefined;
  return { json: 'null', special: name.toLowerCase() === 'nan' ? 'NaN' : side === '-' ? '-Inf' : '+Inf' };
}

/** The number itself. */
export function valueOf({ json, special }: NumberText): number {
  if (special === undefined) return Number(json);
  return special === 'NaN' ? NaN : special === '-Inf' ? -Infinity : Infinity;
}
