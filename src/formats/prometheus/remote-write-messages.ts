/*
 * The protobuf messages of Prometheus remote write, by field numbers: prompb/remote.proto and types.proto (version
 * 1.0), prompb/io/prometheus/write/v2/types.proto (version 2.0). Both yield the same series.
 */
import type { Label } from '../text/flat-labels.js';
import { readHistogram, type WrittenHistogram } from './remote-write-histogram.js';
import { readFields, readMs, readNested, readNumbers, WriteReader } from './remote-write-wire.js';
import { messageOf } from '../../core/errors.js';
import { DecodeError } from '../decoder.js';

/** A value at a time. */
export interface WrittenSample {
  /** Undefined when the series has ended. */
  readonly value: number | undefined;
  /** Milliseconds since 1970. */
  readonly ms: number;
  /** Start of counting, in milliseconds since 1970. */
  readonly startMs: number | undefined;
}

/** A reference to something external, usually a trace. */
export interface WrittenExemplar {
  readonly labels: readonly Label[];
  readonly value: number;
  readonly ms: number | undefined;
}

/** The metadata of a metric. */
export interface WrittenMetadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** One time series of a request. */
export interface WrittenSeries {
  /** Including `__name__`. */
  readonly labels: readonly Label[];
  readonly samples: readonly WrittenSample[];
  readonly histograms: readonly WrittenHistogram[];
  readonly exemplars: readonly WrittenExemplar[];
  /** Set with the series only in version 2.0. */
  readonly metadata: WrittenMetadata | undefined;
}

/** A request: version 1.0 has the metadata of families separately from the series. */
export interface WrittenRequest {
  readonly series: readonly WrittenSeries[];
  readonly families: ReadonlyMap<string, WrittenMetadata>;
}

/** The enum MetricType of both versions. */
const TYPES = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'];

/** The field numbers of a series that differ between the versions. */
const SERIES = {
  1: { exemplars: 3, histograms: 4 },
  2: { exemplars: 4, histograms: 3, metadata: 5, created: 6 },
} as const;

/** The version of a request, and the targets of its references. */
interface Context {
  readonly version: 1 | 2;
  readonly symbols: readonly string[];
}

/**
 * Reads a request.
 * @throws DecodeError `invalid_protobuf`; `invalid_metrics` for protobuf of another kind.
 */
export function readWriteRequest(bytes: Uint8Array, version: 1 | 2): WrittenRequest {
  try {
    return version === 1 ? readVersion1(bytes) : readVersion2(bytes);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    // The library reports malformed input with errors of several kinds.
    throw new DecodeError('invalid_protobuf', `the body is not a remote write request: ${messageOf(error)}`);
  }
}

/** WriteRequest. */
function readVersion1(bytes: Uint8Array): WrittenRequest {
  const context: Context = { version: 1, symbols: [] };
  const series: WrittenSeries[] = [];
  const families = new Map<string, WrittenMetadata>();
  const reader = new WriteReader(bytes);
  readFields(reader, bytes.length, field => {
    if (field === 1) series.push(readSeries(reader, context));
    else if (field === 3) {
      const [name, metadata] = readFamily(reader);
      families.set(name, metadata);
    } else return false;
    return true;
  });
  return { series, families };
}

/** Request: the symbols are read first, since they may follow the series that refer to them. */
function readVersion2(bytes: Uint8Array): WrittenRequest {
  const symbols: string[] = [];
  let reader = new WriteReader(bytes);
  readFields(reader, bytes.length, field => {
    if (field === 4) symbols.push(reader.string());
    return field === 4;
  });
  const context: Context = { version: 2, symbols };
  const series: WrittenSeries[] = [];
  reader = new WriteReader(bytes);
  readFields(reader, bytes.length, field => {
    if (field === 5) series.push(readSeries(reader, context));
    return field === 5;
  });
  return { series, families: new Map() };
}

function readSeries(reader: WriteReader, context: Context): WrittenSeries {
  const fields = SERIES[context.version];
  const labels: Label[] = [];
  const refs: number[] = [];
  const samples: WrittenSample[] = [];
  const histograms: WrittenHistogram[] = [];
  const exemplars: WrittenExemplar[] = [];
  let metadata: WrittenMetadata | undefined;
  let createdMs: number | undefined;
  readNested(reader, (field, wireType) => {
    if (field === 1 && context.version === 1) labels.push(readLabel(reader));
    else if (field === 1) readNumbers(reader, wireType, refs, () => reader.uint32());
    else if (field === 2) samples.push(readSample(reader));
    else if (field === fields.exemplars) exemplars.push(readExemplar(reader, context));
    else if (field === fields.histograms) histograms.push(readHistogram(reader));
    else if (!('metadata' in fields)) return false;
    else if (field === fields.metadata) metadata = readMetadata(reader, context);
    else if (field === fields.created) createdMs = readMs(reader) || undefined;
    else return false;
    return true;
  });
  labels.push(...labelsOf(refs, context));
  const started = <T extends WrittenSample | WrittenHistogram>(one: T): T =>
    createdMs === undefined || one.startMs !== undefined ? one : { ...one, startMs: createdMs };
  return { labels, samples: samples.map(started), histograms: histograms.map(started), exemplars, metadata };
}

function readLabel(reader: WriteReader): Label {
  let [name, value] = ['', ''];
  readNested(reader, field => {
    if (field === 1) name = reader.string();
    else if (field === 2) value = reader.string();
    else return false;
    return true;
  });
  return [name, value];
}

/** Pairs of a name and a value, each given as an index into the symbols. @throws DecodeError `invalid_metrics` */
function labelsOf(refs: readonly number[], { symbols }: Context): Label[] {
  if (refs.length % 2 !== 0) throw new DecodeError('invalid_metrics', 'a series has a label without a value');
  const labels: Label[] = [];
  for (let i = 0; i < refs.length; i += 2) labels.push([symbolAt(refs[i]!, symbols), symbolAt(refs[i + 1]!, symbols)]);
  return labels;
}

function symbolAt(ref: number, symbols: readonly string[]): string {
  const symbol = symbols[ref];
  if (symbol !== undefined) return symbol;
  throw new DecodeError('invalid_metrics', `symbol ${ref} is referred to, and there are ${symbols.length}`);
}

function readSample(reader: WriteReader): WrittenSample {
  let value: number | undefined = 0;
  let ms = 0;
  let startMs: number | undefined;
  readNested(reader, field => {
    if (field === 1) value = reader.sampleValue();
    else if (field === 2) ms = readMs(reader);
    else if (field === 3) startMs = readMs(reader) || undefined;
    else return false;
    return true;
  });
  return { value, ms, startMs };
}

function readExemplar(reader: WriteReader, context: Context): WrittenExemplar {
  const labels: Label[] = [];
  const refs: number[] = [];
  let value = 0;
  let ms: number | undefined;
  readNested(reader, (field, wireType) => {
    if (field === 1 && context.version === 1) labels.push(readLabel(reader));
    else if (field === 1) readNumbers(reader, wireType, refs, () => reader.uint32());
    else if (field === 2) value = reader.double();
    else if (field === 3) ms = readMs(reader) || undefined;
    else return false;
    return true;
  });
  return { labels: [...labels, ...labelsOf(refs, context)], value, ms };
}

function readFamily(reader: WriteReader): [name: string, metadata: WrittenMetadata] {
  let [type, name, help, unit] = [0, '', '', ''];
  readNested(reader, field => {
    if (field === 1) type = reader.int32();
    else if (field === 2) name = reader.string();
    else if (field === 4) help = reader.string();
    else if (field === 5) unit = reader.string();
    else return false;
    return true;
  });
  return [name, { type: TYPES[type] ?? TYPES[0]!, help, unit }];
}

function readMetadata(reader: WriteReader, { symbols }: Context): WrittenMetadata {
  let [type, help, unit] = [0, 0, 0];
  readNested(reader, field => {
    if (field === 1) type = reader.int32();
    else if (field === 3) help = reader.uint32();
    else if (field === 4) unit = reader.uint32();
    else return false;
    return true;
  });
  const text = (ref: number): string => (ref === 0 ? '' : symbolAt(ref, symbols));
  return { type: TYPES[type] ?? TYPES[0]!, help: text(help), unit: text(unit) };
}
