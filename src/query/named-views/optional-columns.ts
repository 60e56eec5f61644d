import { isCoreColumn, KIND, type Attribute } from '../../core/attribute.js';
import { pointer, quoteName } from '../../store/sql/text.js';

/** SQL for columns of `events` of which some have never occurred in the store. */
export class OptionalColumns {
  readonly #attributes: ReadonlyMap<string, Attribute>;

  /** @param attributes the attributes that are columns of `events`. */
  constructor(attributes: readonly Attribute[]) {
    this.#attributes = new Map(attributes.map(attribute => [attribute.name.toLowerCase(), attribute]));
  }

  /** The quoted name of a column; undefined while no event has had it. */
  column(name: string): string | undefined {
    const known = isCoreColumn(name) ? name : this.#attributes.get(name.toLowerCase())?.name;
    return known === undefined ? undefined : quoteName(known);
  }

  /** True for a column that has objects in some events: keys of nested attributes. */
  hasObjects(name: string): boolean {
    return ((this.#attributes.get(name.toLowerCase())?.kinds ?? 0) & KIND.object) !== 0;
  }

  /**
   * SQL for the first value that is not NULL among columns, cast to a type; NULL of that type where no event has had any
   * of them, or the value is not of the type.
   */
  first(type: string, ...names: readonly string[]): string {
    const columns = names.map(name => this.column(name)).filter(column => column !== undefined);
    return coalesced(type, columns);
  }

  /** SQL for the name of an event: `name`, else the attribute `event.name` that senders of JSON copy from OpenTelemetry. */
  eventName(): string {
    const others = ['event.name', 'event_name'].map(name => this.column(name)).filter(column => column !== undefined);
    return others.length === 0 ? '"name"' : coalesced('VARCHAR', ['"name"', ...others]);
  }

  /** SQL for the value at a key of the payload, as JSON. An object has no column: its leaves have. */
  json(name: string): string {
    const isNested = [...this.#attributes.keys()].some(other => other.startsWith(`${name.toLowerCase()}.`));
    return isNested ? `json_extract(payload, ${pointer([name])})` : this.first('JSON', name);
  }
}

/** SQL for the first of some values that is not NULL, each cast to a type; NULL of that type without values. */
export function coalesced(type: string, values: readonly string[]): string {
  if (values.length === 0) return `cast(null as ${type})`;
  const casts = values.map(value => `try_cast(${value} as ${type})`);
  return casts.length === 1 ? casts[0]! : `coalesce(${casts.join(', ')})`;
}
