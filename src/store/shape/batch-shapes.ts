import { KIND } from '../../core/attribute.js';
import { describeShape } from '../../core/shape.js';
import { NEGATIVE_ZERO, scanSlots, Slots, type SlotKind } from './scan.js';
import { ShapeTree } from './shape-tree.js';
import { chooseStyles } from './styles/choose-styles.js';
import { plainShape, parseShape, printShape, readShape, type ReadShape, type Shape } from './shape.js';

/** The events of a batch that have one shape, and the shapes with styles that write them again. */
export interface BatchShape {
  /** Its number within the batch. */
  readonly number: number;
  /** Undefined for the shared batch shape: its events are kept as they were sent. */
  readonly shape: Shape | undefined;
  /** The paths that have values, objects included, by their JSON. */
  readonly leaves: Map<string, ShapeLeaf>;
  /** Number of its events so far. The shared batch shape does not count them. */
  rows: number;
  /** True when some of its events are JSON strings. */
  hasTexts: boolean;
  /** Some of its events. */
  readonly sample: string[];
  /** The shape with each combination of styles that its events are written with; empty until {@link chooseVariants}. */
  variants: readonly Shape[];
}

/** A path of a batch shape that has values. */
export interface ShapeLeaf {
  readonly path: readonly string[];
  /** Bits of KIND. */
  kinds: number;
  /** Number of values; counted in the shared batch shape only. */
  rows: number;
  /** True when some value is -0.0. */
  hasNegativeZero?: boolean;
}

/**
 * The sample of a shape: its first events of the batch, then one event in `SAMPLE_EVERY`, up to `MAX_SAMPLE` events.
 */
const SAMPLE_FIRST = 64;
const SAMPLE_EVERY = 256;
const MAX_SAMPLE = 256;

/** Longer events are not sampled: their texts would be examined one by one. */
const MAX_SAMPLE_LENGTH = 64 * 1024;

/** A pattern that matches every text with -0.0 in it, and some others. */
const MAYBE_NEGATIVE_ZERO = /-0|-[\d.]+[eE]-\d{3}/;

/** With more shapes than this, keys of events are data: the other events share one batch shape and are kept as sent. */
const MAX_BATCH_SHAPES = 2000;

const KIND_BITS: Readonly<Record<SlotKind, number>> = {
  s: KIND.string,
  i: KIND.integer,
  h: KIND.huge,
  d: KIND.double,
  b: KIND.boolean,
  a: KIND.array,
};

/** Bytes that have events in them. */
export interface EventBytes {
  readonly bytes: Buffer;
  /** The event between two offsets, as JSON. */
  event(from: number, to: number): string;
}

/** The shapes of a batch's events, numbered in the order of their first event; 0 is the shared shape. */
export class BatchShapes {
  readonly #isKnown: (path: readonly string[]) => boolean;
  /** The batch shape of all events that have no other. */
  readonly #shared: BatchShape = {
    number: 0,
    shape: undefined,
    leaves: new Map(),
    rows: 0,
    hasTexts: false,
    sample: [],
    variants: [],
  };
  readonly #all: BatchShape[] = [this.#shared];
  readonly #byHash = new Map<number, BatchShape>();
  /** The same shapes, as far as it holds them. */
  readonly #tree = new ShapeTree<BatchShape>();
  /** The slots of the event that was added last; none when its batch shape is the shared one. */
  readonly slots = new Slots();

  /** @param isKnown true for the path of an attribute: the shared shape remembers only these. */
  constructor(isKnown: (path: readonly string[]) => boolean) {
    this.#isKnown = isKnown;
  }

  /** All shapes, by number. */
  get all(): readonly BatchShape[] {
    return this.#all;
  }

  /** Adds an event to its shape. Returns the number of the shape. */
  add(json: string): number {
    const bytes = Buffer.from(json);
    return this.addOf({ bytes, event: () => json }, 0, bytes.length).number;
  }

  /** Adds the event between two offsets to its shape, which it returns. */
  addOf(events: EventBytes, from: number, to: number): BatchShape {
    const found = this.#tree.find(events.bytes, from, to, this.slots);
    if (found) return this.#addTo(found, events, from, to);
    const hash = scanSlots(events.bytes, from, to, this.slots);
    if (hash === 0) return this.#addShared(events.event(from, to));
    const known = this.#byHash.get(hash);
    if (known) {
      if (known.number === 0) return this.#addShared(events.event(from, to));
      return this.#addTo(known, events, from, to);
    }
    const shape = this.#all.length < MAX_BATCH_SHAPES ? readShape(events.event(from, to)) : undefined;
    if (!shape) {
      if (this.#byHash.size < MAX_BATCH_SHAPES) this.#byHash.set(hash, this.#shared);
      return this.#addShared(events.event(from, to));
    }
    const created = newBatchShape(this.#all.length, shape);
    this.#byHash.set(hash, created);
    this.#all.push(created);
    this.#tree.add(events.bytes, from, to, this.slots, created);
    return this.#addTo(created, events, from, to);
  }

  /** Adds an event, and the notes of its scan, to a shape. */
  #addTo(found: BatchShape, events: EventBytes, from: number, to: number): BatchShape {
    const index = found.rows++;
    const isSample = index < SAMPLE_FIRST || (index % SAMPLE_EVERY === 0 && found.sample.length < MAX_SAMPLE);
    if (isSample && to - from <= MAX_SAMPLE_LENGTH) found.sample.push(events.event(from, to));
    for (const { slot, bits } of this.slots.notes) {
      const leaf = found.leaves.get(JSON.stringify(found.shape!.slots[slot]!.path))!;
      if (bits === NEGATIVE_ZERO) leaf.hasNegativeZero = true;
      else leaf.kinds |= bits;
    }
    return found;
  }

  #addShared(json: string): BatchShape {
    const { leaves } = this.#shared;
    this.slots.count = 0;
    this.#shared.hasTexts ||= json.startsWith('"');
    const hasZeros = MAYBE_NEGATIVE_ZERO.test(json);
    for (const { path, kinds } of describeShape(json)) {
      if (!this.#isKnown(path)) continue;
      const key = JSON.stringify(path);
      const leaf: ShapeLeaf = leaves.get(key) ?? { path, kinds: 0, rows: 0 };
      leaf.kinds |= kinds;
      leaf.rows++;
      if (hasZeros && kinds & KIND.double) leaf.hasNegativeZero = true;
      leaves.set(key, leaf);
    }
    return this.#shared;
  }
}

function newBatchShape(number: number, shape: ReadShape): BatchShape {
  const leaves: BatchShape['leaves'] = new Map();
  for (const { kind, path } of shape.slots) {
    leaves.set(JSON.stringify(path), { path, kinds: KIND_BITS[kind], rows: 0 });
  }
  for (const path of shape.objects) leaves.set(JSON.stringify(path), { path, kinds: KIND.object, rows: 0 });
  return { number, shape, leaves, rows: 0, hasTexts: false, sample: [], variants: [] };
}

/**
 * Chooses the styles that the events of each shape are written with.
 * @param styled the shapes with styles that the store has, as printShape prints them.
 */
export function chooseVariants(batchShapes: readonly BatchShape[], styled: readonly string[]): void {
  const known = new Map<string, Shape[]>();
  for (const shape of styled.map(parseShape)) {
    const plain = printShape(plainShape(shape));
    known.set(plain, [...(known.get(plain) ?? []), shape]);
  }
  const rebuilt = batchShapes.filter((found): found is BatchShape & { shape: Shape } => found.shape !== undefined);
  const variants = chooseStyles(
    rebuilt.map(({ shape, sample }) => ({
      shape,
      sample,
      known: known.size === 0 ? [] : (known.get(printShape(shape)) ?? []),
    })),
  );
  rebuilt.forEach((found, i) => (found.variants = variants[i]!));
}
