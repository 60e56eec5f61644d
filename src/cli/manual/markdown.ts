/** Escapes a text for Markdown and marks flags as code. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : plain(part)))
    .join('');
}

function plain(text: string): string {
  return text.replace(/[\\*<>[\]&]/g, '\\$&').replace(/(?<![\w-])--[a-z][a-z-]*/g, flag => inlineCode(flag));
}

/** Inline code. The text must not contain a backtick. */
export function inlineCode(text: string): string {
  return `\`${text}\``;
}

/** A fenced block. */
export function codeBlock(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** A table. Bars in cells are escaped. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
