import type { IncomingMessage } from 'node:http';
import type { StreamOpening } from '../../store/journal/batch.js';
import { harmlessHeaders } from '../auth/harmless-headers.js';
import { requestPath } from '../request-path.js';

/** The replacement of a value that may be a secret. */
const HIDDEN = '***';

/** The password in a URL, such as that of the referrer (RFC 3986, section 3.2.1). */
const URL_PASSWORD = /(\/\/[^\s/?#@:]*:)[^\s/?#@]*(?=@)/g;

/** The query and fragment of a URL, which may contain codes, keys and session ids. */
const QUERY = /[?#].*$/s;

/** Parameters of a path segment, such as `;jsessionid=...` (RFC 3986, section 3.3). */
const PATH_PARAMETERS = /;[^/?#]*/g;

/** Maximum number of cached header names, which most requests share. */
const MAX_CACHED_NAMES = 1000;

/** Maximum number of cached header sets, which a client repeats. */
const MAX_CACHED_SETS = 256;

interface HeaderName {
  /** In lower case, as JSON. */
  readonly json: string;
  readonly shown: (value: string) => string;
}

/** Formats the headers of a request: see {@link headerWriter}. */
type HeaderWriter = (raw: readonly string[]) => string;

/**
 * Returns a function that converts raw headers (alternating names and values, as in Node) to a JSON object: names in
 * lower case, repeated headers as an array, values that may be secret hidden.
 * @param kept names of further headers to keep, in lower case
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
    if (known.size < MAX_CACHED_NAMES) known.set(raw, name);
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
    if (written.size >= MAX_CACHED_SETS) written.clear();
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
 * Returns a function that builds the opening of a stream from raw headers (alternating names and values).
 * @param keepHeaders names of further headers to keep, in lower case
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
  /** The last path, since most requests repeat it, and its stored form. */
  let last: string | undefined;
  let stored: string | undefined;
  return (remote, path, raw) => {
    if (path !== last) {
      stored = path && withoutQuery(path);
      last = path;
    }
    return { transport, remote, path: stored, headers: headersAsJson(raw) };
  };
}

/** Returns a function that builds the opening of a stream from a request. Omits the query and user, which may be secret. */
export function streamDescriber(
  transport: string,
  keepHeaders?: readonly string[],
): (request: IncomingMessage) => Omit<StreamOpening, 'id' | 'startedAt'> {
  const openingOf = openingWriter(transport, keepHeaders);
  return ({ socket, url, rawHeaders }) =>
    openingOf(socket.remoteAddress, url === undefined ? undefined : requestPath(url), rawHeaders);
}
