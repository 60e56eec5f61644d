import type { IncomingMessage } from 'node:http';
import type { StreamOpening } from '../../store/journal/batch.js';
import { harmlessHeaders } from '../auth/harmless-headers.js';
import { requestPath } from '../request-path.js';

/** What stands for a value in the store that may be a secret. */
const HIDDEN = '***';

/** The password in the URL of a header, such as the referrer. RFC 3986, section 3.2.1. */
const URL_PASSWORD = /(\/\/[^\s/?#@:]*:)[^\s/?#@]*(?=@)/g;

/** The query and the fragment of a URL: codes, keys and session ids are passed in them. */
const QUERY = /[?#].*$/s;

/** Parameters of a path's segment, such as `;jsessionid=...` (RFC 3986, section 3.3). */
const PATH_PARAMETERS = /;[^/?#]*/g;

/** Names looked at are remembered, up to this many: most requests have the same ones. */
const MAX_KNOWN_NAMES = 1000;

/** So are whole sets: a client that posts often sends the same ones. */
const MAX_WRITTEN = 256;

interface HeaderName {
  /** In lower case, as JSON. */
  readonly json: string;
  readonly shown: (value: string) => string;
}

/** A request's headers as the store keeps them: see {@link headerWriter}. */
type HeaderWriter = (raw: readonly string[]) => string;

/**
 * Creates what turns a request's headers (names and values in turn, as Node gives them) into a JSON object: names in
 * lower case, a repeated header as an array, every value hidden that may be a secret.
 * @param kept names of headers whose values are kept beside the harmless ones, in lower case.
 */
function headerWriter(kept: readonly string[] | undefined): HeaderWriter {
  const isHarmless = harmlessHeaders(kept);
  const known = new Map<string, HeaderName>();
  const written = new Map<string, string>();

  function nameOf(raw: string): HeaderName {
    let name = known.get(raw);
    if (name) return name;
    const lower = raw.toLowerCase();
    name = {
      json: JSON.stringify(lower),
      shown: !isHarmless(lower) ? hidden : lower === 'referer' ? withoutQuery : shown,
    };
    if (known.size < MAX_KNOWN_NAMES) known.set(raw, name);
    return name;
  }

  function write(raw: readonly string[]): string {
    const values = new Map<string, string[]>();
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const { json, shown } = nameOf(raw[i]!);
      const value = shown(raw[i + 1]!);
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

function hidden(): string {
  return HIDDEN;
}

function shown(value: string): string {
  return value.replace(URL_PASSWORD, `$1${HIDDEN}`);
}

function withoutQuery(url: string): string {
  return shown(url)
    .replace(QUERY, query => `${query[0]!}${HIDDEN}`)
    .replace(PATH_PARAMETERS, `;${HIDDEN}`);
}

/**
 * Creates what describes a stream, as the store keeps it: from names and values of headers in turn.
 * @param keepHeaders names of headers whose values are kept beside the harmless ones, in lower case
 */
export function openingWriter(
  transport: string,
  keepHeaders?: readonly string[],
): (
  remote: string | undefined,
  path: string | undefined,
  raw: readonly string[],
) => Omit<StreamOpening, 'id' | 'startedAt'> {
  const headersAsJson = headerWriter(keepHeaders);
  return (remote, path, raw) => ({ transport, remote, path: path && withoutQuery(path), headers: headersAsJson(raw) });
}

/** The same of a request. A query string may hold secrets, as may the user of a whole URL: both are left out. */
export function streamDescriber(
  transport: string,
  keepHeaders?: readonly string[],
): (request: IncomingMessage) => Omit<StreamOpening, 'id' | 'startedAt'> {
  const openingOf = openingWriter(transport, keepHeaders);
  return ({ socket, url, rawHeaders }) =>
    openingOf(socket.remoteAddress, url === undefined ? undefined : requestPath(url), rawHeaders);
}
