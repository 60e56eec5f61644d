import type { Database } from 'better-sqlite3';

/** The templates of shapes by their numbers. */
export function readShapes(db: Database, ids: Iterable<number>): Map<number, string> {
  const statement = db.prepare<[number], string>('select template from shapes where id = ?').pluck();
  const found = new Map<number, string>();
  for (const id of ids) {
    const template = statement.get(id);
    if (template !== undefined) found.set(id, template);
  }
  return found;
}

/** The templates with styles, which archive/template.ts prints as an array that begins with an object. */
export function readStyledTemplates(db: Database): string[] {
  return db
    .prepare<[], string>(`select template from shapes where template >= '[{' and template < '[|' order by id`)
    .pluck()
    .all();
}

/** Shapes of a store in all: with more, shapes are no longer few things that recur. */
const MAX_SHAPES = 10_000;

/** The number of each template; new ones are given one, in a transaction of its own, as long as there are not too many. */
export function numberShapes(db: Database, templates: readonly string[]): Map<string, number> {
  const find = db.prepare<[string], number>('select id from shapes where template = ?').pluck();
  const insert = db.prepare('insert into shapes(template) values (?)');
  const numbers = new Map<string, number>();
  const unknown = templates.filter(template => {
    const id = find.get(template);
    if (id !== undefined) numbers.set(template, id);
    return id === undefined;
  });
  if (unknown.length === 0) return numbers;
  db.transaction(() => {
    const count = db.prepare<[], number>('select count(*) from shapes').pluck().get()!;
    for (const template of unknown.slice(0, Math.max(0, MAX_SHAPES - count)))
      numbers.set(template, Number(insert.run(template).lastInsertRowid));
  }).immediate();
  return numbers;
}
