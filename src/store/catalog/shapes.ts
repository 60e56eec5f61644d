import type { Database } from 'better-sqlite3';

/** The templates of shapes by their numbers. */
export function readShapes(db: Database, ids: Iterable<number>): Map<number, string> {
  const statement = db.prepare<[number], string>('select template from shapes where id = ?').pluck();
  const found = new Map<number, string>();
  for (const id of ids) {
    const shape = statement.get(id);
    if (shape !== undefined) found.set(id, shape);
  }
  return found;
}

/** The templates with styles, which archive/template.ts prints as an array that begins with an object. */
export function readStyledShapes(db: Database): string[] {
  return db
    .prepare<[], string>(`select template from shapes where template >= '[{' and template < '[|' order by id`)
    .pluck()
    .all();
}

/** Shapes of a store in all: with more, shapes are no longer few things that recur. */
const MAX_SHAPES = 10_000;

/** The number of each shape. New ones are numbered in a separate transaction, up to a maximum number of shapes. */
export function numberShapes(db: Database, shapes: readonly string[]): Map<string, number> {
  const find = db.prepare<[string], number>('select id from shapes where template = ?').pluck();
  const insert = db.prepare('insert into shapes(template) values (?)');
  const numbers = new Map<string, number>();
  const unknown = shapes.filter(shape => {
    const id = find.get(shape);
    if (id !== undefined) numbers.set(shape, id);
    return id === undefined;
  });
  if (unknown.length === 0) return numbers;
  db.transaction(() => {
    const count = db.prepare<[], number>('select count(*) from shapes').pluck().get()!;
    for (const shape of unknown.slice(0, Math.max(0, MAX_SHAPES - count))) {
      numbers.set(shape, Number(insert.run(shape).lastInsertRowid));
    }
  }).immediate();
  return numbers;
}
