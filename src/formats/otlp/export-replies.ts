import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { OtlpEncoding } from './encoding.js';

/** The part of a successful request that a receiver rejected (the OTLP specification, "Partial Success"). */
export interface PartialSuccess {
  readonly rejected: number;
  /** The receiver's message, or an empty text. A message without rejected records is a warning. */
  readonly message: string;
}

/** google.rpc.Status, the body of a failure. */
export interface ReplyStatus {
  readonly message: string;
  /** Of google.rpc.RetryInfo; undefined without it. */
  readonly retryAfterMs: number | undefined;
}

const NOTHING: PartialSuccess = { rejected: 0, message: '' };

/** Parses an ExportTraceServiceResponse or the like. Any other body yields an empty result. */
export function readExportReply(encoding: OtlpEncoding, body: Uint8Array): PartialSuccess {
  if (encoding === 'json') {
    const { partialSuccess } = jsonObject(body);
    if (typeof partialSuccess !== 'object' || partialSuccess === null) return NOTHING;
    const { errorMessage, ...counts } = partialSuccess as Record<string, unknown>;
    const rejected = Math.max(0, ...Object.values(counts).map(count => Number(count) || 0));
    return { rejected, message: typeof errorMessage === 'string' ? errorMessage : '' };
  }
  const part = fieldsOf(body).get(1);
  if (!(part instanceof Uint8Array)) return NOTHING;
  const fields = fieldsOf(part);
  return { rejected: Number(fields.get(1) ?? 0), message: textOf(fields.get(2)) };
}

/** Reads a Status; undefined for another body, such as that of a proxy. */
export function readStatus(encoding: OtlpEncoding, body: Uint8Array): ReplyStatus | undefined {
  if (encoding === 'json') {
    const { message } = jsonObject(body);
    return typeof message === 'string' ? { message, retryAfterMs: undefined } : undefined;
  }
  const fields = fieldsOf(body);
  if (fields.size === 0) return undefined;
  const detail = fields.get(3);
  return {
    message: textOf(fields.get(2)),
    retryAfterMs: detail instanceof Uint8Array ? retryDelay(detail) : undefined,
  };
}

/** The delay of a RetryInfo in an Any. */
function retryDelay(any: Uint8Array): number | undefined {
  const fields = fieldsOf(any);
  const [info, type] = [fields.get(2), textOf(fields.get(1))];
  if (!type.endsWith('/google.rpc.RetryInfo') || !(info instanceof Uint8Array)) return undefined;
  const duration = fieldsOf(info).get(1);
  if (!(duration instanceof Uint8Array)) return undefined;
  const parts = fieldsOf(duration);
  return Number(parts.get(1) ?? 0) * 1000 + Number(parts.get(2) ?? 0) / 1e6;
}

type FieldValue = Uint8Array | bigint | number | string;

/** The fields of a message by number, the first of each: integers and bytes. None for bytes that are no message. */
function fieldsOf(message: Uint8Array): Map<number, FieldValue> {
  const fields = new Map<number, FieldValue>();
  try {
    const reader = new BinaryReader(message);
    while (reader.pos < reader.len) {
      const [no, type] = reader.tag();
      const isFirst = !fields.has(no);
      if (type === WireType.Varint && isFirst) fields.set(no, reader.int64());
      else if (type === WireType.LengthDelimited && isFirst) fields.set(no, reader.bytes());
      else reader.skip(type, no);
    }
    return fields;
  } catch (error) {
    if (error instanceof Error) return new Map<number, FieldValue>();
    throw error;
  }
}

function textOf(value: FieldValue | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : '';
}

function jsonObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
