/** Escapes a text for roff, so that it contains no request or escape and dashes stay dashes. */
export function roffText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/^\./gm, '\\&.');
}

/** An argument of a request, quoted. */
export function roffArgument(text: string): string {
  return `"${roffText(text).replaceAll('"', '\\(dq')}"`;
}

/** A section: its title and the requests below it. */
export function section(title: string, ...body: readonly string[]): string[] {
  return body.length === 0 ? [] : [`.SH ${roffArgument(title)}`, ...body];
}

/** A tagged paragraph: a bold term and its meaning. */
export function tagged(term: string, meaning: string): string[] {
  return ['.TP', `.B ${roffArgument(term)}`, roffText(meaning)];
}
