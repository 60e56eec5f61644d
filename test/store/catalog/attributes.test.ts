import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KIND } from '../../../src/core/attribute.js';
import { MAX_ATTRIBUTE_PATHS } from '../../../src/core/limits.js';
import { attributeRegistry, readAttributes, type AttributeRegistry } from '../../../src/store/catalog/attributes.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

let dir: string;
let db: Database;
let registry: AttributeRegistry;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'telemetry-attributes-'));
  db = openForWriting(dir, 'none');
  registry = attributeRegistry(db);
});

afterEach(() => {
  db.close();
  removeDirectory(dir);
});

function learn(shape: number, json: string): void {
  if (!registry.isKnown(shape)) registry.learn(shape, json);
}

/** `n` in binary, its ones as capital letters. */
const spelling = (n: number): string => n.toString(2).padStart(16, '0').replaceAll('0', 'a').replaceAll('1', 'A');

describe('the registry of attributes', () => {
  it('caps the spellings of keys that differ only by case', () => {
    for (let n = 0; n < MAX_ATTRIBUTE_PATHS + 10; n++) learn(n, `{"${spelling(n)}":1}`);
    const [only, ...others] = readAttributes(db);
    expect(others).toEqual([]);
    expect(only?.paths).toHaveLength(MAX_ATTRIBUTE_PATHS);
  });

  it('widens a known spelling when all spellings are taken', () => {
    for (let n = 0; n < MAX_ATTRIBUTE_PATHS; n++) learn(n, `{"${spelling(n)}":1}`);
    learn(-1, `{"${spelling(0)}":"text"}`);
    expect(readAttributes(db)[0]?.kinds).toBe(KIND.integer | KIND.string);
  });

  it('learns a shape again after its transaction was rolled back', () => {
    learn(1, '{"kept":1}');
    db.exec('begin');
    learn(2, '{"undone":1,"kept":"text"}');
    db.exec('rollback');
    registry.forget();
    learn(2, '{"undone":1,"kept":"text"}');
    expect(readAttributes(db).map(({ name, kinds }) => [name, kinds])).toEqual([
      ['kept', KIND.integer | KIND.string],
      ['undone', KIND.integer],
    ]);
  });
});
