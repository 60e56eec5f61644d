import { isCoreColumn, type Attribute } from '../../core/attribute.js';
import { quoteName } from '../../store/sql/text.js';

/** SQL for columns of `events` of which some have never occurred in the store. */
export class OptionalColumns {
  readonly #names: ReadonlyMap<string, string>;

  /** @param attributes the attributes that are columns of `events`. */
  constructor(attributes: readonly Attribute[]) {
    this.#names = new Map(attributes.map(({ name }) => [name.toLowerCase(), name]));
  }

  /**
   * SQL for the first value that is not NULL among columns, cast to a type; NULL of that type where no event has had any
   * of them, or the value is not of the type.
   */
  first(type: string, ...names: readonly string[]): string {
    const values = names.flatMap(name => {
      const known = isCoreColumn(name) ? name : this.#names.get(name.toLowerCase());
      return known === undefined ? [] : [`try_cast(${quoteName(known)} as ${type})`];
    });
    if (values.length === 0) return `cast(null as ${type})`;
    return values.length === 1 ? values[0]! : `coalesce(${values.join(', ')})`;
  }
}
