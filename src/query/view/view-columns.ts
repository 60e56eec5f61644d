import { attributeType, CORE_COLUMNS, type Attribute, type CoreColumn } from '../../core/attribute.js';
import { documentedAttribute } from '../../core/documented-attributes.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { viewAttributes } from '../../store/sql/attribute.js';
import type { PlaceholderColumn } from './journal-table.js';

/**
 * With more attributes than this, the view has placeholder columns for those that no query has read yet. Binding costs
 * DuckDB about 0.1 ms for each attribute that is read from the payload, even when the query does not name it.
 */
const MAX_BOUND_ATTRIBUTES = 50;

/** Core columns that the view always has: conditions on its rows read the first three, and most statements the type. */
const ALWAYS_SHOWN: readonly CoreColumn[] = ['id', 'received_at', 'time', 'type'];

/** The attributes that are columns of `events`, and those of them whose values the view leaves out. */
export class ViewColumns {
  readonly #reader: JournalReader;
  /** Attributes that queries have read so far: these are never placeholders. */
  readonly #needed = new Set<string>();
  /** Documented columns that a statement read before any event had them, by lower-case name. */
  readonly #documented = new Map<string, Attribute>();
  /** In lower case, the statements that name all columns that they read; undefined once another was shown. */
  #statements: string | undefined = '';
  #registered: readonly Attribute[] = [];
  #attributes: readonly Attribute[] = [];
  #indexes: ReadonlyMap<string, number> = new Map();
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

  /** The attributes that the statements so far may read, then the documented columns that no event has had. */
  get shown(): readonly Attribute[] {
    return [...this.#attributes.filter(({ name }) => this.#mayRead(name)), ...this.#documented.values()];
  }

  /** The core columns that no statement so far may read. */
  get leftOut(): ReadonlySet<CoreColumn> {
    return new Set(CORE_COLUMNS.filter(name => !ALWAYS_SHOWN.includes(name) && !this.#mayRead(name)));
  }

  /** True while columns are left out that no statement has named. */
  get isNarrow(): boolean {
    return this.#statements !== undefined;
  }

  /**
   * Shows what a statement may read: binding takes DuckDB some 20 us for each column of each group of files.
   * @param sql one that names all columns that it reads; undefined for another, which is shown all.
   * @returns true when more is shown than before.
   */
  showFor(sql: string | undefined): boolean {
    const before = this.#statements;
    if (before === undefined) return false;
    const shown = this.#shownCount();
    this.#statements = sql === undefined ? undefined : `${before}\n${sql.toLowerCase()}`;
    if (this.#shownCount() > shown) return true;
    // A text that adds nothing need not be searched again.
    if (sql !== undefined) this.#statements = before;
    return false;
  }

  #shownCount(): number {
    return this.shown.length - this.leftOut.size;
  }

  #mayRead(name: string): boolean {
    // Within quotes, each quote of a name is written twice.
    return this.#statements === undefined || name.includes('"') || this.#statements.includes(name.toLowerCase());
  }

  /** True when a statement has read a documented column that no event has. */
  get hasDocumented(): boolean {
    return this.#documented.size > 0;
  }

  /** Reads the attributes of the store. Returns true when they are others than before. */
  refresh(): boolean {
    const newest = this.#reader.attributesVersion();
    if (this.#version === newest) return false;
    this.#version = newest;
    this.#registered = this.#reader.attributes();
    this.#attributes = viewAttributes(this.#registered);
    this.#indexes = new Map(this.#attributes.map(({ name }, i) => [name, i]));
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

  /** The journal's placeholder column for an attribute; undefined for one that has its values. */
  placeholder({ name }: Attribute): string | undefined {
    if (this.isNarrow || this.#attributes.length <= MAX_BOUND_ATTRIBUTES || this.#needed.has(name)) return undefined;
    const index = this.#indexes.get(name);
    return index === undefined ? undefined : `a${index}`;
  }

  placeholders(): PlaceholderColumn[] {
    return this.#attributes.flatMap(attribute => {
      const name = this.placeholder(attribute);
      return name === undefined ? [] : [{ name, type: attributeType(attribute.kinds) }];
    });
  }

  /** Gives these placeholder columns their values from now on. Returns true when there are any. */
  need(placeholders: ReadonlySet<string> | undefined): boolean {
    const names = this.#attributes.filter((_, i) => placeholders?.has(`a${i}`)).map(({ name }) => name);
    for (const name of names) this.#needed.add(name);
    return names.length > 0;
  }
}
