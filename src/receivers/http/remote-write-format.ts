import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { DecodeError } from '../../formats/decoder.js';
import { CONTENT_ENCODINGS } from '../../formats/compression/inflate.js';
import { KnownFamilies } from '../../formats/prometheus/known-families.js';
import { remoteWrite, type Written } from '../../formats/prometheus/remote-write.js';
import type { Success } from './reply.js';
import { originOf, type IntakeCounts } from '../intake.js';
import type { PostFormat } from './post-formats.js';

const MEDIA_TYPE = 'application/x-protobuf';

/** Versions by the message name in Content-Type; without a name, 1.0 (Remote-Write 2.0, "Protocol"). */
const VERSIONS: Readonly<Record<string, 1 | 2>> = {
  '': 1,
  'prometheus.writerequest': 1,
  'io.prometheus.write.v2.request': 2,
};

/** Prometheus remote write, versions 1.0 and 2.0: see {@link remoteWrite}. */
export function remoteWriteFormat(counts: IntakeCounts): PostFormat {
  const known = new KnownFamilies();
  return {
    isBuffered: true,
    // Remote write uses the Snappy block format, which cannot be decompressed as a stream.
    contentEncoding: ({ headers }) => (isSnappy(headers) ? 'identity' : streamed(headers['content-encoding']!)),
    open(request, sink, options) {
      const { headers } = request;
      const version = versionOf(headers['content-type']);
      const written: Written = { samples: 0, histograms: 0, exemplars: 0, refused: 0, firstProblem: undefined };
      const decoder = remoteWrite(sink, { ...options, version, isSnappy: isSnappy(headers), known, written });
      return { decoder, success: () => outcome(request, version, written, counts) };
    },
  };
}

/** True for Snappy, the default encoding (Remote-Write 1.0, "Protocol"). */
function isSnappy({ 'content-encoding': encoding = 'snappy' }: IncomingHttpHeaders): boolean {
  return encoding.trim().toLowerCase() === 'snappy';
}

/** Checks a streaming encoding; VictoriaMetrics sends zstd. @throws DecodeError `unsupported_media` */
function streamed(encoding: string): string {
  const known: readonly string[] = ['identity', ...CONTENT_ENCODINGS];
  if (known.includes(encoding.trim().toLowerCase())) return encoding;
  const message = `Content-Encoding "${encoding}" is not supported; send snappy, or one of ${CONTENT_ENCODINGS.join(', ')}`;
  throw new DecodeError('unsupported_media', message);
}

/** The version of a Content-Type. @throws DecodeError `unsupported_media` for any other type. */
function versionOf(contentType = MEDIA_TYPE): 1 | 2 {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map(part => part.trim());
  const proto =
    parameters
      .find(parameter => parameter.startsWith('proto='))
      ?.slice('proto='.length)
      .replace(/^"|"$/g, '') ?? '';
  const version = type === MEDIA_TYPE && Object.hasOwn(VERSIONS, proto) ? VERSIONS[proto] : undefined;
  if (version !== undefined) return version;
  throw new DecodeError(
    'unsupported_media',
    `Content-Type "${contentType}" is not remote write; send ${MEDIA_TYPE} with proto=prometheus.WriteRequest or proto=io.prometheus.write.v2.Request`,
  );
}

/** The reply: 204, or 400 when a part was left out. Version 2.0 gets the written counts (Remote-Write 2.0, "Required Written Response Headers"). */
function outcome(request: IncomingMessage, version: 1 | 2, written: Written, counts: IntakeCounts): Success {
  const { samples, histograms, exemplars, refused, firstProblem } = written;
  const headers: Record<string, string> = {
    'x-prometheus-remote-write-samples-written': String(samples),
    'x-prometheus-remote-write-histograms-written': String(histograms),
    'x-prometheus-remote-write-exemplars-written': String(exemplars),
  };
  const reported = version === 2 ? { headers } : {};
  if (!firstProblem) return { status: 204, ...reported };
  const { message } = firstProblem;
  counts.refused(firstProblem.reason, refused, { ...originOf(request), message, isPartial: true });
  return { status: 400, ...reported, problem: `${refused} left out, the first because ${message}` };
}
