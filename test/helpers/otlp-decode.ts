import { OtlpDecoder, type OtlpEncoding, type Rejections } from '../../src/formats/otlp/decode.js';
import type { Signal } from '../../src/formats/otlp/messages.js';

/** The events of a request as text, and those that were left out. */
export async function decodeOtlp(
  signal: Signal,
  body: Uint8Array | object,
  maxEventBytes = 1024 * 1024,
): Promise<{
  texts: string[];
  events: Record<string, unknown>[];
  ids: (string | undefined)[];
  rejections: Rejections;
}> {
  const isBytes = body instanceof Uint8Array;
  const encoding: OtlpEncoding = isBytes ? 'protobuf' : 'json';
  const request = await new OtlpDecoder(maxEventBytes).decode(
    signal,
    encoding,
    isBytes ? body : Buffer.from(JSON.stringify(body)),
  );
  const texts: string[] = [];
  const ids: (string | undefined)[] = [];
  const rejections = await request.handOn(
    (bytes, start, end, { idStart, idEnd }) => {
      const text = Buffer.from(bytes.subarray(start, end)).toString();
      texts.push(text);
      ids.push(idStart < 0 ? undefined : text.slice(idStart, idEnd));
    },
    () => undefined,
  );
  request.release();
  return { texts, ids, rejections, events: texts.map(text => JSON.parse(text) as Record<string, unknown>) };
}
