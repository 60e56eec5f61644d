import { isCoreColumn } from '../../core/attribute.js';
import { EVENT_TYPE, LEVEL_KEYS } from '../../core/vocabulary.js';
import { isObjectAt, membersOf, stringValue, textOf, type Member } from '../../formats/json/members.js';
import { oneValue } from '../../formats/json/one-value.js';

/*
 * Rows that `telemetry query` wrote, read back as events. With a column `payload`, the event is that payload, byte for
 * byte; the other columns derive from it. Without it, the columns are the event, except those that the store adds on
 * receipt and nulls, which mean that the event lacked the key.
 *
 * Other programs write rows with such names, too. A row is taken whole when it has a column that is neither a store
 * column nor a key of its payload, or one that contradicts the payload.
 */

/** Columns added to an event on receipt. */
const GIVEN = ['id', 'stream_id', 'received_at', 'insert_datetime', 'encoding'] as const;

const given: ReadonlySet<string> = new Set(GIVEN);

/** Types given to events without one. */
const INFERRED: ReadonlySet<string> = new Set([EVENT_TYPE.event, EVENT_TYPE.log, EVENT_TYPE.metric, EVENT_TYPE.trace]);

/** Core columns that are computed, so their values are not texts of the payload. */
const COMPUTED: ReadonlySet<string> = new Set(['time', 'severity', 'duration_ms']);

/** The form of a payload in a row: JSON itself, or JSON as the text of a cell. */
export type PayloadKind = 'json' | 'cell';

/** Statistics of the rows of a file. */
export interface ExportNotes {
  /** Rows whose payload was taken. */
  readonly payloads: number;
  /** Payloads that were binary messages: they come back as base64 text. */
  readonly binaries: number;
  /** Columns left out of rows without a payload. */
  readonly leftOut: ReadonlySet<string>;
}

/** An event restored from a row. */
export interface Restored {
  readonly bytes: Uint8Array;
  /** True for the payload of an event, to which no member is added. */
  readonly isPayload: boolean;
}

/** Restores events from rows that `telemetry query` wrote. */
export class ExportedRows implements ExportNotes {
  readonly #kind: PayloadKind;
  readonly #maxEventBytes: number;
  /** True for shapes whose rows may be exported events. */
  readonly #shapes = new Map<number, boolean>();
  #payloads = 0;
  #binaries = 0;
  readonly #leftOut = new Set<string>();

  constructor(kind: PayloadKind, maxEventBytes: number) {
    this.#kind = kind;
    this.#maxEventBytes = maxEventBytes;
  }

  get payloads(): number {
    return this.#payloads;
  }

  get binaries(): number {
    return this.#binaries;
  }

  get leftOut(): ReadonlySet<string> {
    return this.#leftOut;
  }

  /** The event of a row; undefined when the row itself is the event. */
  restore(bytes: Uint8Array, start: number, shape: number): Restored | undefined {
    if (!isObjectAt(bytes, start)) return undefined;
    const known = this.#shapes.get(shape);
    if (known === false) return undefined;
    const members = membersOf(bytes, start);
    if (known === undefined) this.#remember(shape, mayBeExported(members));
    const payload = members.find(({ key }) => key === 'payload');
    if (payload) return this.#payload(bytes, payload, members);
    return isOfStore(bytes, members) ? this.#columns(bytes, members) : undefined;
  }

  #remember(shape: number, may: boolean): void {
    if (this.#shapes.size >= MAX_SHAPES) this.#shapes.clear();
    if (shape !== 0) this.#shapes.set(shape, may);
  }

  #payload(bytes: Uint8Array, payload: Member, members: readonly Member[]): Restored | undefined {
    const event = this.#eventIn(bytes, payload, members);
    if (!event || !isMadeOf(event, bytes, members)) return undefined;
    this.#payloads++;
    const encoding = members.find(({ key }) => key === 'encoding');
    if (encoding && stringValue(bytes, encoding.valueStart, encoding.end) === 'base64') this.#binaries++;
    return { bytes: event, isPayload: true };
  }

  /**
   * The JSON of a payload; undefined when it is invalid. A null is one of a row of the store, where every event has a
   * payload, or as the text of a cell; elsewhere the row has none.
   */
  #eventIn(bytes: Uint8Array, { valueStart, end }: Member, members: readonly Member[]): Uint8Array | undefined {
    const text = this.#kind === 'cell' ? stringValue(bytes, valueStart, end) : undefined;
    const event = text === undefined ? bytes.subarray(valueStart, end) : Buffer.from(text);
    if (text !== undefined && !oneValue(event, this.#maxEventBytes)) return undefined;
    return text === undefined && isNull(event, 0) && !isNullEvent(this.#kind, bytes, members) ? undefined : event;
  }

  #columns(bytes: Uint8Array, members: readonly Member[]): Restored {
    const hasTime = members.some(({ key, valueStart }) => key === 'time' && !isNull(bytes, valueStart));
    const kept = members.flatMap(({ key, start, valueStart, end }) => {
      if (key === 'received_at' && !hasTime) return [`"time":${textOf(bytes, valueStart, end)}`];
      if (given.has(key)) {
        this.#leftOut.add(key);
        return [];
      }
      const isLeft = isNull(bytes, valueStart) || repeats(bytes, members, key, textOf(bytes, valueStart, end));
      return isLeft ? [] : [textOf(bytes, start, end)];
    });
    return { bytes: Buffer.from(`{${kept.join(',')}}`), isPayload: false };
  }
}

/** Core columns that an event keeps as keys, whatever its other keys are. */
const NEEDED: ReadonlySet<string> = new Set(['time', 'type']);

/** True for a core column that the store will compute again from another key of the row. */
function repeats(bytes: Uint8Array, members: readonly Member[], key: string, value: string): boolean {
  if (!isCoreColumn(key) || NEEDED.has(key)) return false;
  const others = members.filter(other => !isCoreColumn(other.key) && !isNull(bytes, other.valueStart));
  if (key === 'severity') return others.some(other => LEVEL_KEYS.includes(other.key));
  return others.some(({ valueStart, end }) => textOf(bytes, valueStart, end) === value);
}

/** Limit of remembered shapes; the map is cleared when it is full. */
const MAX_SHAPES = 4096;

function mayBeExported(members: readonly Member[]): boolean {
  return members.some(({ key }) => key === 'payload' || given.has(key));
}

/** True for a row of the store whose payload is the event `null`: JSON, since an empty cell of CSV has no payload. */
function isNullEvent(kind: PayloadKind, bytes: Uint8Array, members: readonly Member[]): boolean {
  return kind === 'json' && isOfStore(bytes, members);
}

/**
 * True for a row with columns that only the store adds: a stream, the alias of the time of receipt, or an id and that
 * time.
 */
function isOfStore(bytes: Uint8Array, members: readonly Member[]): boolean {
  const has = (key: string, isValue: (at: number, end: number) => boolean): boolean =>
    members.some(member => member.key === key && isValue(member.valueStart, member.end));
  const isCount = (at: number, end: number): boolean => /^\d+$/.test(textOf(bytes, at, end));
  const isTime = (at: number, end: number): boolean => TIME.test(stringValue(bytes, at, end) ?? '');
  if (has('stream_id', isCount) || has('insert_datetime', isTime)) return true;
  return has('id', isCount) && has('received_at', isTime);
}

/** A time as queries print it. */
const TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}/;

/** True when the other columns of a row derive from its payload. */
function isMadeOf(event: Uint8Array, bytes: Uint8Array, members: readonly Member[]): boolean {
  const text = Buffer.from(event.buffer, event.byteOffset, event.length);
  const isStored = isOfStore(bytes, members);
  return members.every(({ key, valueStart, end }) => {
    if (key === 'payload' || isNull(bytes, valueStart)) return true;
    if (!isCoreColumn(key)) return hasKey(event, 0, key);
    if (isStored || COMPUTED.has(key)) return true;
    if (given.has(key)) return key !== 'id' || /^\d+$/.test(textOf(bytes, valueStart, end));
    const value = stringValue(bytes, valueStart, end) ?? textOf(bytes, valueStart, end);
    return (key === 'type' && INFERRED.has(value)) || text.includes(JSON.stringify(value).slice(1, -1));
  });
}

/** True when an object has a key, ignoring case; a dotted key may lead through objects. */
function hasKey(bytes: Uint8Array, start: number, name: string): boolean {
  if (!isObjectAt(bytes, start)) return false;
  const wanted = name.toLowerCase();
  return membersOf(bytes, start).some(({ key, valueStart }) => {
    const own = key.toLowerCase();
    return own === wanted || (wanted.startsWith(`${own}.`) && hasKey(bytes, valueStart, name.slice(key.length + 1)));
  });
}

function isNull(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x6e;
}
