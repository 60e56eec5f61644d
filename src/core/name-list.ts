/** Blanks around a name of a list; not the marks and other spaces that `trim` takes, which may be part of a name. */
const AROUND = /^[ \t\r\n]+|[ \t\r\n]+$/g;

/** An item that begins with a name in quotes, or any other, up to the next comma. */
const ITEM = /[ \t\r\n]*"(?:[^"]|"")*"[^,]*|[^,]*/y;

/**
 * Splits `a,b,"c, d "` at its commas. Within double quotes a name is kept as it is, and `""` is a quote in it. Blanks
 * around an item are left out. Items keep their quotes: see {@link nameOf}.
 */
export function splitList(text: string): string[] {
  const items: string[] = [];
  for (let at = 0; at <= text.length;) {
    ITEM.lastIndex = at;
    const [item] = ITEM.exec(text)!;
    items.push(item.replaceAll(AROUND, ''));
    at += item.length + 1;
  }
  return items;
}

/** The name in an item of a list, without the quotes around it. */
export function nameOf(item: string): string {
  const plain = item.replaceAll(AROUND, '');
  return /^"(?:[^"]|"")*"$/.test(plain) ? plain.slice(1, -1).replaceAll('""', '"') : plain;
}

/** A name as an item of a list, in quotes where it needs them. */
export function listItem(name: string): string {
  const isPlain = nameOf(name) === name && !name.includes(',') && !name.startsWith('"') && name !== '';
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}
