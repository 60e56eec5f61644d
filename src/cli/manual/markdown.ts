/** Text as Markdown prints it: flags as code, and nothing else in it taken for markup. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : plain(part)))
    .join('');
}

function plain(text: string): string {
  return text.replace(/[\\*<>[\]&]/g, '\\$&').replace(/(?<![\w-])--[a-z][a-z-]*/g, flag => inlineCode(flag));
}

/** Code within a line; the text has no backtick. */
export function inlineCode(text: string): string {
  return `\`${text}\``;
}

/** A fenced block. */
export function codeBlock(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** A table of Markdown cells; a bar in one is escaped. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
