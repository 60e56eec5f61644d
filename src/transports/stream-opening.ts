import type { IncomingMessage } from 'node:http';
import type { StreamOpening } from '../journal/batch.js';
import { requestPath } from './request-path.js';

/** Headers that carry credentials, by name or part of it; their values are stored as `***`. */
const SECRET = /authorization|cookie|token|secret|password|api-?key|credential|signature/;

/** What stands for a secret in the store. */
const HIDDEN = '***';

/** The password in the URL of a header, such as the referrer. RFC 3986, section 3.2.1. */
const URL_PASSWORD = /(\/\/[^\s/?#@:]*:)[^\s/?#@]*(?=@)/g;

/** Names looked at are remembered, up to this many: most requests have the same ones. */
const MAX_KNOWN_NAMES = 1000;

/** So are whole sets: a client that posts often sends the same ones. */
const MAX_WRITTEN = 256;

interface HeaderName {
  /** In lower case, as JSON. */
  readonly json: string;
  readonly isSecret: boolean;
}

/** A request's headers as the store keeps them: see {@link headerWriter}. */
type HeaderWriter = (raw: readonly string[]) => string;

/**
 * Creates what turns a request's headers (names and values in turn, as Node gives them) into a JSON object: names in
 * lower case, a repeated header as an array, credentials hidden.
 */
function headerWriter(): HeaderWriter {
  const known = new Map<string, HeaderName>();
  const written = new Map<string, string>();

  function nameOf(raw: string): HeaderName {
    let name = known.get(raw);
    if (name) return name;
    const lower = raw.toLowerCase();
    name = { json: JSON.stringify(lower), isSecret: SECRET.test(lower) };
    if (known.size < MAX_KNOWN_NAMES) known.set(raw, name);
    return name;
  }

  function write(raw: readonly string[]): string {
    const values = new Map<string, string[]>();
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const { json, isSecret } = nameOf(raw[i]!);
      const value = isSecret ? HIDDEN : raw[i + 1]!.replace(URL_PASSWORD, `$1${HIDDEN}`);
      const before = values.get(json);
      if (before) before.push(value);
      else values.set(json, [value]);
    }
    const members = Array.from(values, ([name, all]) => `${name}:${JSON.stringify(all.length === 1 ? all[0] : all)}`);
    return `{${members.join(',')}}`;
  }

  return raw => {
    const key = raw.join('\0');
    let json = written.get(key);
    if (json !== undefined) return json;
    if (written.size >= MAX_WRITTEN) written.clear();
    written.set(key, (json = write(raw)));
    return json;
  };
}

/** Creates what describes a stream, as the store keeps it. @param raw names and values of headers in turn */
export function openingWriter(
  transport: string,
): (
  remote: string | undefined,
  path: string | undefined,
  raw: readonly string[],
) => Omit<StreamOpening, 'id' | 'startedAt'> {
  const headersAsJson = headerWriter();
  return (remote, path, raw) => ({ transport, remote, path, headers: headersAsJson(raw) });
}

/** The same of a request. A query string may hold secrets, as may the user of a whole URL: both are left out. */
export function streamDescriber(
  transport: string,
): (request: IncomingMessage) => Omit<StreamOpening, 'id' | 'startedAt'> {
  const openingOf = openingWriter(transport);
  return ({ socket, url, rawHeaders }) =>
    openingOf(socket.remoteAddress, url === undefined ? undefined : requestPath(url), rawHeaders);
}
