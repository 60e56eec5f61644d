import { attributeType, type Attribute } from '../../core/attribute.js';
import { documentedAttribute } from '../../core/documented-attributes.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { viewAttributes } from '../../store/sql/attribute.js';
import type { PlaceholderColumn } from './journal-table.js';

/**
 * With more attributes than this, the view has placeholder columns for those that no query has read yet. Binding costs
 * DuckDB about 0.1 ms for each attribute that is read from the payload, even when the query does not name it.
 */
const MAX_BOUND_ATTRIBUTES = 50;

/** The attributes that are columns of `events`, and those of them whose values the view leaves out. */
export class ViewColumns {
  readonly #reader: JournalReader;
  /** Attributes that queries have read so far: these are never placeholders. */
  readonly #needed = new Set<string>();
  /** Documented columns that a statement read before any event had them, by lower-case name. */
  readonly #documented = new Map<string, Attribute>();
  #registered: readonly Attribute[] = [];
  #attributes: readonly Attribute[] = [];
  #version: string | undefined;

  constructor(reader: JournalReader) {
    this.#reader = reader;
  }

  /** The attributes that are columns of `events`. */
  get attributes(): readonly Attribute[] {
    return this.#attributes;
  }

  /** The same, and the keys that core columns are read from by their own names. */
  get registered(): readonly Attribute[] {
    return this.#registered;
  }

  /** The attributes, then the documented columns that no event has had. */
  get all(): readonly Attribute[] {
    return [...this.#attributes, ...this.#documented.values()];
  }

  /** Reads the attributes of the store. Returns true when they are others than before. */
  refresh(): boolean {
    const newest = this.#reader.attributesVersion();
    if (this.#version === newest) return false;
    this.#version = newest;
    this.#registered = this.#reader.attributes();
    this.#attributes = viewAttributes(this.#registered);
    for (const { name } of this.#attributes) this.#documented.delete(name.toLowerCase());
    return true;
  }

  /** Adds a column that the documentation names and no event has had. Returns false for any other name. */
  addDocumented(name: string): boolean {
    const attribute = documentedAttribute(name);
    if (!attribute || this.#documented.has(name.toLowerCase())) return false;
    const isAttribute = this.#attributes.some(known => known.name.toLowerCase() === name.toLowerCase());
    if (!isAttribute) this.#documented.set(name.toLowerCase(), attribute);
    return true;
  }

  /** The journal's placeholder column for the attribute at `index`; undefined for one that has its values. */
  placeholder(index: number): string | undefined {
    const attribute = this.#attributes[index];
    const isRead = this.#attributes.length <= MAX_BOUND_ATTRIBUTES || !attribute || this.#needed.has(attribute.name);
    return isRead ? undefined : `a${index}`;
  }

  placeholders(): PlaceholderColumn[] {
    return this.#attributes.flatMap(({ kinds }, i) => {
      const name = this.placeholder(i);
      return name === undefined ? [] : [{ name, type: attributeType(kinds) }];
    });
  }

  /** Gives these placeholder columns their values from now on. Returns true when there are any. */
  need(placeholders: ReadonlySet<string> | undefined): boolean {
    const names = this.#attributes.filter((_, i) => placeholders?.has(`a${i}`)).map(({ name }) => name);
    for (const name of names) this.#needed.add(name);
    return names.length > 0;
  }
}
