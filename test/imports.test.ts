import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** The folders of src that each folder of src may import from besides itself. Imports go one way. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  formats: ['core'],
  render: ['core'],
  client: ['core'],
  store: ['core'],
  query: ['core', 'store'],
  consumers: ['core', 'formats', 'client', 'store', 'processors', 'query'],
  shell: ['core', 'store', 'query'],
  receivers: ['core', 'formats', 'store'],
  processors: ['core', 'formats', 'store'],
  sources: ['core', 'formats', 'client'],
  server: ['core', 'formats', 'client', 'store', 'consumers', 'receivers', 'processors'],
  cli: [
    'core',
    'formats',
    'render',
    'client',
    'store',
    'query',
    'shell',
    'consumers',
    'receivers',
    'processors',
    'sources',
    'server',
  ],
};

/** Within those folders: the subfolders that each may import from besides itself. `.` is the folder's own files. */
const MAY_IMPORT_WITHIN: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  formats: {
    '.': [],
    json: ['.'],
    compression: ['.'],
    text: ['.', 'json'],
    csv: ['.', 'json'],
    envelopes: ['.', 'json'],
    otlp: ['.', 'json'],
    syslog: ['.', 'json', 'text'],
    statsd: ['.', 'json', 'text'],
    prometheus: ['.', 'json', 'text', 'compression', 'otlp'],
    lines: ['.', 'json', 'syslog'],
    media: ['.', 'json', 'text', 'csv', 'otlp'],
  },
  store: {
    sql: [],
    shape: ['sql'],
    database: [],
    locks: ['database'],
    catalog: ['database'],
    journal: ['database', 'catalog'],
    archive: ['sql', 'shape', 'database', 'locks', 'catalog', 'journal'],
  },
  'store/archive': {
    '.': [],
    filters: [],
    formats: ['.', 'filters'],
    check: ['.', 'formats'],
    seal: ['.', 'formats', 'check'],
    maintain: ['.', 'filters', 'formats', 'check', 'seal'],
  },
  render: {
    '.': [],
    charts: ['.'],
    html: ['.'],
    pictures: ['.', 'charts', 'html'],
    traces: ['.', 'charts', 'html'],
    report: ['charts', 'html', 'traces'],
  },
  query: {
    sql: [],
    result: [],
    parquet: ['result'],
    plan: ['sql'],
    index: ['plan'],
    cubes: [],
    'named-views': ['sql', 'cubes'],
    sandbox: ['sql', 'named-views'],
    view: ['sql', 'plan', 'index', 'sandbox', 'named-views', 'cubes'],
    statement: ['sql', 'result', 'plan', 'index', 'sandbox', 'view'],
    '.': ['sql', 'result', 'plan', 'index', 'cubes', 'named-views', 'sandbox', 'view', 'statement'],
    report: ['.', 'sql', 'result', 'named-views'],
  },
  consumers: {
    '.': [],
    tail: ['.'],
    cubes: ['.'],
    alerts: ['.'],
    assert: [],
    patterns: ['.'],
    diff: ['.'],
    traces: [],
    export: [],
    report: ['.', 'patterns', 'traces'],
    retention: ['cubes', 'remotes'],
    remotes: ['.', 'export'],
    forward: ['remotes'],
  },
  'consumers/remotes': { '.': [], http: ['.'], kinds: ['.', 'http'] },
  receivers: {
    auth: [],
    '.': ['auth'],
    http: ['.', 'auth'],
    websocket: ['.', 'auth', 'http'],
    otlp: ['.', 'auth', 'http'],
    datagram: ['.', 'http', 'websocket'],
    host: ['.', 'http'],
    scrape: ['.', 'http'],
  },
  processors: { redact: [], validate: [] },
  sources: { shared: [], import: ['shared'], follow: ['shared'], exec: ['shared'] },
  server: {
    shared: [],
    maintenance: ['shared'],
    alerts: ['shared'],
    forwarding: ['shared'],
    'query-pool': ['shared'],
    'direct-import': [],
    'query-api': ['query-pool'],
    '.': ['maintenance', 'alerts', 'forwarding', 'query-pool', 'query-api', 'direct-import'],
  },
  cli: {
    config: [],
    shared: ['config'],
    completion: ['config', 'shared'],
    commands: ['config', 'shared', 'completion'],
    '.': ['config', 'shared', 'commands'],
    manual: ['.', 'config', 'shared'],
    'query-service': ['.', 'config', 'shared', 'commands'],
  },
};

/** The only folders that may import a package; packages that are not named here may be imported anywhere. */
const IMPORTED_BY: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['store'],
  'better-sqlite3-13': ['store'],
  '@duckdb/node-api': ['query', 'store'],
  ajv: ['processors'],
  'ajv-formats': ['processors'],
  '@bufbuild/protobuf': ['formats', 'receivers'],
  commander: ['cli'],
  chalk: ['cli', 'render'],
  ora: ['cli', 'render'],
  'cli-table3': ['cli', 'render'],
  systeminformation: ['receivers'],
  yaml: ['consumers'],
  nodemailer: ['consumers'],
  '@clickhouse/client': ['consumers'],
  '@platformatic/kafka': ['consumers'],
  pg: ['consumers'],
  'pg-copy-streams': ['consumers'],
  'pg-cursor': ['consumers'],
  '@aws-sdk/client-s3': ['consumers'],
  '@grpc/grpc-js': ['consumers'],
  echarts: ['render'],
  '@resvg/resvg-js': ['render'],
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

  test('given every file, then imports between the subfolders of a folder go one way', () => {
    const wrong = Object.entries(MAY_IMPORT_WITHIN).flatMap(([folder, rules]) => {
      const subfolderOf = (file: string): string => {
        const rest = file.slice(folder.length + 1).split('/');
        return rest.length === 1 ? '.' : rest[0]!;
      };
      const within = (file: string): boolean => file.startsWith(`${folder}/`);
      return files.filter(within).flatMap(file =>
        importsOf(file)
          .filter(({ from }) => from.startsWith('.'))
          .map(({ from }) => targetOf(file, from))
          .filter(target => within(target) && subfolderOf(target) !== subfolderOf(file))
          .filter(target => !rules[subfolderOf(file)]?.includes(subfolderOf(target)))
          .map(target => `${file} imports ${target}`),
      );
    });

    expect(wrong).toEqual([]);
  });

  test('given every file, then no file imports itself by way of others, types included', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file)) return;
      done.add(file);
      for (const { from, isDynamic } of importsOf(file)) {
        if (from.startsWith('.') && !isDynamic) visit(targetOf(file, from), [...path, file]);
      }
    };
    for (const file of files) visit(file, []);

    expect(cycles).toEqual([]);
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

  test('imports from outside only dependencies of the package, not development ones', () => {
    const manifest = JSON.parse(readFileSync(join(src, '../package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      optionalDependencies: Record<string, string>;
    };
    const declared = { ...manifest.dependencies, ...manifest.optionalDependencies };
    const outside = files
      .flatMap(importsOf)
      .filter(({ from, isType }) => !isType && !from.startsWith('.') && !isBuiltin(from))
      .map(({ from }) => packageOf(from));

    expect([...new Set(outside)].filter(name => !(name in declared))).toEqual([]);
  });

  test('loads commander and nothing else that is heavy at the start of the command line', () => {
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

test('given every file, then its SQL does not call TRY, which can end the process in DuckDB', () => {
  expect(files.filter(file => /(?<![#.\w])try\(/i.test(readFileSync(join(src, file), 'utf8')))).toEqual([]);
});
