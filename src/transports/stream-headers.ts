/** Headers that carry credentials, by name or part of it; their values are stored as `***`. */
const SECRET = /authorization|cookie|token|secret|password|api-?key|credential|signature/;

/** What stands for a secret in the store. */
const HIDDEN = '***';

/**
 * A request's headers as the store keeps them: a JSON object, names in lower case, a repeated header as an array.
 * @param raw names and values in turn, as Node gives them.
 */
export function streamHeaders(raw: readonly string[]): string {
  const headers = new Map<string, string | string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = SECRET.test(name) ? HIDDEN : raw[i + 1]!;
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : [before, value].flat());
  }
  return JSON.stringify(Object.fromEntries(headers));
}
