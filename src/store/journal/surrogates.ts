/** Every escape in a JSON text, a surrogate pair taken as one. */
const ESCAPES = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[\da-fA-F]{4}|[^u])/g;

const LONE_SURROGATE = /^\\u[dD][89a-fA-F][\da-fA-F]{2}$/;

/** Replaces the escapes of lone surrogates (`"\ud800"`) in a JSON text by `\ufffd`: JSON allows them, engines that keep text as UTF-8 do not. */
export function toWellFormedEscapes(json: string): string {
  return json.replace(ESCAPES, escape => (LONE_SURROGATE.test(escape) ? '\\ufffd' : escape));
}
