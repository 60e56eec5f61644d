import { TelemetryError } from '../../core/errors.js';
import type { Micros } from '../../core/duration.js';
import type { CubeDefinition } from '../../query/cubes/definition.js';
import { readCube, updateCube, type CubeState } from '../../store/catalog/cubes.js';
import { readObjects, type StoredObject } from '../../store/catalog/objects.js';
import type { StoreDatabase } from '../../store/database/store.js';
import { readRemovals } from '../../store/database/store-identity.js';

/** A cube with its definition. */
export interface Cube {
  readonly name: string;
  readonly definition: CubeDefinition;
  readonly createdAt: Micros;
}

/** A stored object as a cube. */
export function cubeOf({ name, definition, createdAt }: StoredObject): Cube {
  return { name, definition: definition as CubeDefinition, createdAt };
}

/**
 * The part of the catalog for the refresh of one cube. Each change is one transaction, and fails once the cube is
 * removed.
 */
export class CubeStore {
  readonly #db: StoreDatabase;
  readonly #cube: Cube;
  readonly #now: () => Micros;
  #refusal: TelemetryError | undefined;

  /** @param db a connection that may write, which the caller closes. */
  constructor(db: StoreDatabase, cube: Cube, now: () => Micros) {
    this.#db = db;
    this.#cube = cube;
    this.#now = now;
  }

  /** Runs reads in one snapshot. */
  read<T>(work: (db: StoreDatabase, name: string) => T): T {
    return this.#db.transaction(() => work(this.#db, this.#cube.name))();
  }

  state(): CubeState {
    return this.read((db, name) => readCube(db, name));
  }

  removals(): number {
    return readRemovals(this.#db);
  }

  /** Refuses all further changes with an error: what they would store is not the whole. */
  refuse(error: TelemetryError): void {
    this.#refusal ??= error;
  }

  /**
   * Makes a change in one transaction.
   * @throws TelemetryError `failure` when the cube was removed or created again meanwhile, or that of {@link refuse}.
   */
  change(work: (db: StoreDatabase, name: string, now: Micros) => void): void {
    if (this.#refusal) throw this.#refusal;
    this.#change(work);
  }

  #change(work: (db: StoreDatabase, name: string, now: Micros) => void): void {
    this.#db
      .transaction(() => {
        const { name, createdAt } = this.#cube;
        const current = readObjects(this.#db).find(object => object.kind === 'cube' && object.name === name);
        if (current?.createdAt !== createdAt) {
          throw new TelemetryError('failure', `the cube ${name} was removed during its refresh`);
        }
        work(this.#db, name, this.#now());
      })
      .immediate();
  }

  /** Stores a new definition. */
  redefine(db: StoreDatabase, definition: CubeDefinition): void {
    db.prepare(`update objects set definition = ? where name = ? and kind = 'cube'`).run(
      JSON.stringify(definition),
      this.#cube.name,
    );
  }

  /** Records an error, or that it is gone. */
  noteError(message: string | null): void {
    if (this.state().error !== message) this.#change((db, name) => updateCube(db, name, { error: message }));
  }
}
