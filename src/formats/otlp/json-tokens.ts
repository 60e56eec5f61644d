/*
 * Steps over tokens of JSON that was checked before: complete and valid.
 */

/** By byte: 1 when it ends a number or literal. */
const ENDS_SCALAR = new Uint8Array(256);
for (const byte of Buffer.from(' \t\r\n,]}')) ENDS_SCALAR[byte] = 1;

/** The offset after the string that starts at `at`, its quotes included. */
export function stringEnd(json: Uint8Array, at: number): number {
  let i = at + 1;
  for (let c = json[i]; c !== 0x22; c = json[i]) i += c === 0x5c ? 2 : 1;
  return i + 1;
}

/** The offset after the number or literal at `at`. */
export function scalarEnd(json: Uint8Array, at: number): number {
  let i = at;
  while (i < json.length && ENDS_SCALAR[json[i]!] === 0) i++;
  return i;
}

/** The offset after the value of any kind at `at`. */
export function valueEnd(json: Uint8Array, at: number): number {
  let depth = 0;
  let i = at;
  do {
    const c = json[i]!;
    if (c === 0x22) i = stringEnd(json, i);
    else if (c === 0x7b || c === 0x5b) {
      depth++;
      i++;
    } else if (c === 0x7d || c === 0x5d) {
      depth--;
      i++;
    } else if (ENDS_SCALAR[c] === 1 || c === 0x3a) i++;
    else i = scalarEnd(json, i);
  } while (depth > 0);
  return i;
}
