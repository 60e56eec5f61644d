import { DecodeError } from '../decoder.js';
import { dataPoints, type PointReader } from './data-points.js';
import type { Parts, RecordReader } from './members.js';
import { keysOf, pieceOf } from './piece.js';
import { POINT_KEYS } from './point-parts.js';
import { METRIC, NUMBER_DATA, TEMPORALITIES } from './messages.js';
import { offsetsOf, type Offsets } from './wire.js';

const TYPE = pieceOf(Buffer.from('{"type":"metric"'));

const KEYS = keysOf(['metric_name', 'description', 'unit', 'metric_type', 'temporality', 'is_monotonic', 'metadata']);

/** The members of a data point's event that are not attributes. */
export const METRIC_KEYS: readonly string[] = [...Object.keys(KEYS), ...POINT_KEYS];

/** The kinds of metric, as in `metric_type`: fields of Metric, of which one is set. */
const KINDS = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'] as const;
type Kind = (typeof KINDS)[number];

/** Kinds with a temporality. */
const HAS_TEMPORALITY: ReadonlySet<Kind> = new Set(['sum', 'histogram', 'exponential_histogram']);

/**
 * Reads a Metric (metrics.proto) as one event a data point. A metric without points, or of an unknown kind, has none.
 */
export function metrics(parts: Parts): RecordReader {
  const { wire, out, attributes } = parts;
  const points = dataPoints(parts);
  const at = offsetsOf(METRIC);
  const dataAt = offsetsOf(NUMBER_DATA);
  const { no } = METRIC;
  const writeHeader = headerWriter(parts, at, dataAt);
  /** The members common to all points of the metric, without the type. */
  let header = TYPE;
  let isTooLarge = false;
  /** An error in the common members: every point is refused with it. */
  let refusal: DecodeError | undefined;
  let point: PointReader = points.gauge;
  let dataEnd = 0;
  let next = -1;

  return {
    open(from, to) {
      next = -1;
      wire.scan(METRIC, from, to, at);
      const kind = KINDS.find(name => at[no[name]]! >= 0);
      if (!kind) return;
      dataEnd = wire.enter(at[no[kind]]!);
      // The five kinds of data use the same field numbers.
      wire.scan(NUMBER_DATA, wire.pos, dataEnd, dataAt);
      next = dataAt[NUMBER_DATA.no.data_points]!;
      if (next < 0) return;
      point = points[kind];
      refusal = undefined;
      out.begin();
      const start = out.pos;
      try {
        out.raw(TYPE);
        writeHeader(kind, to);
        header = pieceOf(out.bytes.slice(start, out.pos));
        isTooLarge = out.isTooLarge;
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        refusal = error;
      }
      out.rewind(start);
    },
    next() {
      if (next < 0) return false;
      const end = wire.enter(next);
      const start = wire.pos;
      next = wire.next(NUMBER_DATA.no.data_points, end, dataEnd);
      if (refusal) throw refusal;
      out.raw(header);
      if (isTooLarge) out.markTooLarge();
      point(start, end);
      attributes.writeOuter();
      return true;
    },
  };
}

/** Creates the writer of the members common to all points of a metric. @param at the offsets of its fields */
function headerWriter(
  { wire, out, values, members }: Parts,
  at: Offsets,
  dataAt: Offsets,
): (kind: Kind, end: number) => void {
  const { no } = METRIC;
  return (kind, end) => {
    members.string(KEYS.metric_name, at[no.name]!);
    members.string(KEYS.description, at[no.description]!);
    members.string(KEYS.unit, at[no.unit]!);
    out.key(KEYS.metric_type);
    out.text(`"${kind}"`);
    if (HAS_TEMPORALITY.has(kind)) {
      const offset = dataAt[NUMBER_DATA.no.aggregation_temporality]!;
      const temporality = offset < 0 ? 0 : wire.uint32(offset);
      out.key(KEYS.temporality);
      out.text(`"${TEMPORALITIES[temporality] ?? temporality}"`);
    }
    if (kind === 'sum') {
      const offset = dataAt[NUMBER_DATA.no.is_monotonic]!;
      out.key(KEYS.is_monotonic);
      out.text(offset >= 0 && wire.bool(offset) ? 'true' : 'false');
    }
    if (at[no.metadata]! >= 0) {
      out.key(KEYS.metadata);
      values.writeObject(no.metadata, at[no.metadata]!, end, 1);
    }
  };
}
