/**
 * SD-NAME: printable ASCII without `=`, space, `]` and `"` (RFC 5424, section 6), which allows 32 characters; senders
 * use more.
 */
const NAME = /[!#-<>-\\^-~]{1,255}/y;

/** An escape of PARAM-VALUE; a backslash before any other character is literal (section 6.3.3). */
const ESCAPE = /\\(["\\\]])/g;

/** Structured data, flattened, and its end. */
export interface StructuredData {
  /** The value of each `SD-ID.PARAM`; a list when it is repeated; true for an SD-ID without parameters. */
  readonly members: Readonly<Record<string, string | string[] | true>>;
  readonly end: number;
}

/** Reads STRUCTURED-DATA (RFC 5424, section 6.3) at an offset; undefined when it is not well-formed. */
export function structuredData(text: string, start: number): StructuredData | undefined {
  if (text[start] === '-') return { members: {}, end: start + 1 };
  const members: Record<string, string | string[] | true> = {};
  let at = start;
  while (text[at] === '[') {
    const id = nameAt(text, at + 1);
    if (id === undefined) return undefined;
    at += 1 + id.length;
    let hasParameters = false;
    while (text[at] === ' ') {
      const name = nameAt(text, at + 1);
      if (name === undefined) return undefined;
      const open = at + 1 + name.length;
      const close = text.startsWith('="', open) ? closingQuote(text, open + 2) : -1;
      if (close < 0) return undefined;
      add(members, `${id}.${name}`, text.slice(open + 2, close).replace(ESCAPE, '$1'));
      hasParameters = true;
      at = close + 1;
    }
    if (text[at] !== ']') return undefined;
    if (!hasParameters) members[id] = true;
    at++;
  }
  return at === start ? undefined : { members, end: at };
}

function add(members: Record<string, string | string[] | true>, key: string, value: string): void {
  const before = Object.hasOwn(members, key) ? members[key] : undefined;
  if (typeof before === 'string') members[key] = [before, value];
  else if (Array.isArray(before)) before.push(value);
  else members[key] = value;
}

function nameAt(text: string, at: number): string | undefined {
  NAME.lastIndex = at;
  return NAME.exec(text)?.[0];
}

function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '"') return at;
    if (text[at] === '\\') at++;
  }
  return -1;
}
