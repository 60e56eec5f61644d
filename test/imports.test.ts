import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** What each folder of src may import from besides itself. Imports go one way. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  decode: ['core'],
  journal: ['core'],
  render: ['core'],
  client: ['core'],
  host: ['core'],
  feeds: ['core', 'decode', 'client'],
  capture: ['core', 'decode', 'client', 'feeds'],
  watch: ['core', 'decode', 'client', 'feeds'],
  sql: ['core'],
  archive: ['core', 'journal', 'sql'],
  query: ['core', 'journal', 'sql', 'archive'],
  tail: ['core', 'journal', 'sql', 'archive', 'query'],
  retention: ['core', 'journal', 'sql', 'archive', 'query'],
  privacy: ['core', 'decode'],
  schemas: ['core', 'decode', 'journal'],
  transports: ['core', 'decode', 'journal', 'host'],
  server: [
    'core',
    'decode',
    'journal',
    'render',
    'client',
    'sql',
    'archive',
    'query',
    'tail',
    'retention',
    'transports',
    'schemas',
    'privacy',
  ],
  cli: [
    'core',
    'host',
    'decode',
    'journal',
    'render',
    'client',
    'feeds',
    'capture',
    'watch',
    'sql',
    'archive',
    'query',
    'tail',
    'retention',
    'transports',
    'schemas',
    'privacy',
    'server',
  ],
};

/** The only folders that may import a package; packages that are not named here may be imported anywhere. */
const IMPORTED_BY: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['journal'],
  'better-sqlite3-13': ['journal'],
  '@duckdb/node-api': ['query', 'archive'],
  ajv: ['schemas'],
  'ajv-formats': ['schemas'],
  '@bufbuild/protobuf': ['decode', 'transports'],
  commander: ['cli'],
  chalk: ['cli', 'render'],
  ora: ['cli', 'render'],
  'cli-table3': ['cli', 'render'],
  systeminformation: ['host'],
};

/** A file past this is doing more than one job. */
const MAX_LINES = 300;

interface Import {
  readonly from: string;
  readonly isType: boolean;
  readonly isDynamic: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .sort();

/** Every import and re-export of a file, dynamic ones and types included. */
function readImports(file: string): Import[] {
  const found: Import[] = [];
  const source = ts.createSourceFile(file, readFileSync(join(src, file), 'utf8'), ts.ScriptTarget.ESNext, true);
  const visit = (node: ts.Node): void => {
    const isStatic = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    if (isStatic && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ from: node.moduleSpecifier.text, isType: isTypeOnly(node), isDynamic: false });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [target] = node.arguments;
      if (target && ts.isStringLiteral(target)) found.push({ from: target.text, isType: false, isDynamic: true });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const { literal } = node.argument;
      if (ts.isStringLiteral(literal)) found.push({ from: literal.text, isType: true, isDynamic: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const imports = new Map(files.map(file => [file, readImports(file)]));
const importsOf = (file: string): readonly Import[] => imports.get(file) ?? [];

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { namedBindings } = clause;
  if (clause.name || !namedBindings || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly);
}

const folderOf = (file: string): string => file.split('/')[0]!;
const targetOf = (file: string, from: string): string =>
  relative(src, join(src, dirname(file), from)).replace(/\.js$/, '.ts');
const packageOf = (from: string): string => from.split('/', from.startsWith('@') ? 2 : 1).join('/');

describe('the imports of src', () => {
  test('given the folders, then the rules name each', () => {
    expect([...new Set(files.map(folderOf))].filter(folder => !(folder in MAY_IMPORT))).toEqual([]);
  });

  test('given every file, then imports between folders go one way', () => {
    const wrong = files.flatMap(file =>
      importsOf(file)
        .filter(({ from }) => from.startsWith('.'))
        .map(({ from }) => targetOf(file, from))
        .filter(target => !target.startsWith('..') && folderOf(target) !== folderOf(file))
        .filter(target => !MAY_IMPORT[folderOf(file)]?.includes(folderOf(target)))
        .map(target => `${file} imports ${target}`),
    );

    expect(wrong).toEqual([]);
  });

  test('given every file, then a package is imported only where it belongs', () => {
    const wrong = files.flatMap(file =>
      importsOf(file)
        .filter(({ from }) => !from.startsWith('.'))
        .map(({ from }) => packageOf(from))
        .filter(name => IMPORTED_BY[name] && !IMPORTED_BY[name].includes(folderOf(file)))
        .map(name => `${file} imports ${name}`),
    );

    expect(wrong).toEqual([]);
  });

  test('given every file, then what it imports from outside is a dependency of the package, not of its development', () => {
    const manifest = JSON.parse(readFileSync(join(src, '../package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const outside = files
      .flatMap(importsOf)
      .filter(({ from, isType }) => !isType && !from.startsWith('.') && !isBuiltin(from))
      .map(({ from }) => packageOf(from));

    expect([...new Set(outside)].filter(name => !(name in manifest.dependencies))).toEqual([]);
  });

  test('given the start of the command line, then it loads commander and nothing else that is heavy', () => {
    const loaded = new Set<string>();
    const packages = new Set<string>();
    const load = (file: string): void => {
      if (loaded.has(file) || !file.endsWith('.ts')) return;
      loaded.add(file);
      for (const { from, isType, isDynamic } of importsOf(file)) {
        if (isType || isDynamic) continue;
        if (from.startsWith('.')) load(targetOf(file, from));
        else if (!from.startsWith('node:')) packages.add(from);
      }
    };
    load('cli/main.ts');

    expect([...packages]).toEqual(['commander']);
    expect([...new Set([...loaded].map(folderOf))].sort()).toEqual(['cli', 'core']);
    expect([...loaded].filter(file => file.endsWith('/run.ts'))).toEqual([]);
  });
});

test(`given every file, then it has at most ${MAX_LINES} lines, or its first comment says why not`, () => {
  const unexplained = files.filter(file => {
    const text = readFileSync(join(src, file), 'utf8');
    return text.split('\n').length - 1 > MAX_LINES && !text.startsWith('/*\n * Longer than most files: ');
  });

  expect(unexplained).toEqual([]);
});
