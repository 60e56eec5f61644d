import { DecodeError } from '../decoder.js';

/** A record of a container's log: a line of the container, or a part of one. */
export interface ContainerRecord {
  /** RFC 3339, with nanoseconds. */
  readonly time: string;
  readonly stream: string;
  /** Without the line ending. */
  readonly text: Buffer;
  /** True when the next record of the stream continues the line. */
  readonly isPartial: boolean;
  /** Attributes that the runtime was configured to add, as JSON; undefined without any. */
  readonly attributes?: string | undefined;
}

const SPACE = 0x20;

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads a record of a Kubernetes container runtime (CRI): `TIME STREAM TAGS TEXT`, where the first tag is `P` for a
 * part and `F` for the end of a line.
 * Source: kubernetes/design-proposals-archive, node/kubelet-cri-logging.md.
 * @throws DecodeError `invalid_line`.
 */
export function criRecord(line: Buffer): ContainerRecord {
  const timeEnd = line.indexOf(SPACE);
  const streamEnd = line.indexOf(SPACE, timeEnd + 1);
  const found = line.indexOf(SPACE, streamEnd + 1);
  // A line without text may have lost its last blank.
  const tagsEnd = found < 0 ? line.length : found;
  const time = line.toString('latin1', 0, Math.max(0, timeEnd));
  const stream = line.toString('latin1', timeEnd + 1, Math.max(0, streamEnd));
  const [tag] = streamEnd < 0 ? [] : line.toString('latin1', streamEnd + 1, tagsEnd).split(':');
  const isRecord = TIME.test(time) && (stream === 'stdout' || stream === 'stderr') && (tag === 'P' || tag === 'F');
  if (!isRecord) throw new DecodeError('invalid_line', 'it is not a line of a container log (CRI)');
  return { time, stream, text: line.subarray(tagsEnd + 1), isPartial: tag === 'P' };
}

/**
 * Reads a record of Docker's `json-file` log: `{"log":"text\n","stream":"stdout","time":"..."}`, where a text without a
 * line ending is a part of a line (16 KiB each).
 * @throws DecodeError `invalid_line`.
 */
export function dockerRecord(line: Buffer): ContainerRecord {
  const record = objectIn(line);
  const { log, stream, time, attrs } = record ?? {};
  if (typeof log !== 'string' || typeof time !== 'string') {
    throw new DecodeError('invalid_line', "it is not a line of Docker's json-file log");
  }
  const isPartial = !log.endsWith('\n');
  return {
    time,
    stream: typeof stream === 'string' ? stream : 'stdout',
    text: Buffer.from(isPartial ? log : log.replace(/\r?\n$/, '')),
    isPartial,
    attributes: attrs === undefined ? undefined : JSON.stringify(attrs),
  };
}

function objectIn(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The pod and container named by a file's path: `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log`,
 * `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`.
 */
export function podIn(path: string): Readonly<Record<'namespace' | 'pod' | 'container', string>> | undefined {
  const [, namespace, pod, container] = /([^/_]+)_([^/_]+)_[^/_]+\/([^/]+)\/\d+\.log[^/]*$/.exec(path) ?? [];
  if (namespace !== undefined) return { namespace, pod: pod!, container: container! };
  const [, name, space, inner] = /([^/_]+)_([^/_]+)_([^/_]+)-[0-9a-f]{64}\.log[^/]*$/.exec(path) ?? [];
  return name === undefined ? undefined : { namespace: space!, pod: name, container: inner! };
}
