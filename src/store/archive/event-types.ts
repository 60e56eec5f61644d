import type { Attribute } from '../../core/attribute.js';
import { inferType } from '../../core/event-type.js';
import { TYPE_KEYS } from '../../core/vocabulary.js';
import type { BatchShape } from '../shape/batch-shapes.js';
import type { Slots } from '../shape/scan.js';
import { candidatesAmong, type FindCandidates } from '../sql/candidates.js';

/** Integers of at most this many characters are the same text in DuckDB. `-0` is not. */
const MAX_EXACT_LENGTH = 18;

/**
 * The core column `type` of events by their shapes: the shape says which keys have a scalar, so that only a type that an
 * event names has to be read. It gives what the SQL of store/sql/type-column.ts gives.
 */
export class EventTypes {
  readonly #find: FindCandidates;
  /** By the numbers of batch shapes. */
  readonly #plans: (TypePlan | undefined)[] = [];

  constructor(attributes: readonly Attribute[]) {
    this.#find = candidatesAmong(attributes);
  }

  /**
   * @param slots those of the event, which begins at `from`.
   * @returns undefined when only DuckDB can tell.
   */
  typeOf(shape: BatchShape, bytes: Buffer, from: number, slots: Slots): string | undefined {
    if (shape.shape === undefined) return isScalarOrArray(bytes[from]!) ? 'event' : undefined;
    const plan = (this.#plans[shape.number] ??= this.#plan(shape));
    for (const slot of plan.own) {
      const start = slots.starts[slot]!;
      const end = slots.ends[slot]!;
      switch (slots.kind(slot)) {
        case 's':
          if (end - start === 2) continue;
          if (!isAt(plan.last, bytes, start, end)) plan.last = lastOf(bytes, start, end);
          return plan.last.type;
        case 'i':
        case 'b': {
          const raw = bytes.toString('latin1', start, end);
          return raw.length > MAX_EXACT_LENGTH || raw === '-0' ? undefined : raw;
        }
        case 'a':
          continue;
        default:
          return undefined;
      }
    }
    return plan.inferred;
  }

  /** The type that the keys of a shape say; undefined where it depends on the value of a level. */
  #infer(scalars: ReadonlySet<string>): string | undefined {
    const has = (keys: readonly string[]): boolean =>
      this.#find(keys).some(({ path }) => scalars.has(JSON.stringify(path)));
    const [least, most] = [false, true].map(hasSeverity => inferType(has, () => hasSeverity));
    return least === most ? most : undefined;
  }

  #plan({ shape }: BatchShape): TypePlan {
    const places = new Map(shape!.slots.map(({ path }, i) => [JSON.stringify(path), i]));
    const scalars = new Set(shape!.slots.flatMap(({ kind, path }) => (kind === 'a' ? [] : [JSON.stringify(path)])));
    const own = this.#find(TYPE_KEYS).flatMap(({ path }) => places.get(JSON.stringify(path)) ?? []);
    return {
      own,
      last: { json: Buffer.alloc(0), type: '' },
      inferred: this.#infer(scalars),
    };
  }
}

/** The rule by which events of a shape get their type. */
interface TypePlan {
  /** The slots of types that an event names, first to last. */
  readonly own: readonly number[];
  /** Undefined when only DuckDB can tell. */
  readonly inferred: string | undefined;
  /** The type of the last event: that of the next one is mostly the same. */
  last: { readonly json: Buffer; readonly type: string };
}

/** True for the first byte of any value but an object. */
function isScalarOrArray(first: number): boolean {
  return first > 0x20 && first !== 0x7b;
}

function isAt({ json }: TypePlan['last'], bytes: Buffer, start: number, end: number): boolean {
  if (json.length !== end - start) return false;
  for (let i = 0; i < json.length; i++) if (json[i] !== bytes[start + i]) return false;
  return true;
}

function lastOf(bytes: Buffer, start: number, end: number): TypePlan['last'] {
  const json = Buffer.from(bytes.subarray(start, end));
  return { json, type: JSON.parse(json.toString()) as string };
}
