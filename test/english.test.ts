import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Words that native readers stumble over, and where CONTRIBUTING says what to write. */
const BANNED =
  /\b(?:so many|so much as|is told|are told|goes on|go on with|anew|lets go|let go of|nobody|no one|is none|are none|whom it|of its own|of their own|(?<!there )is no (?!longer)[a-z]+|stands|beside|what is [a-z]+ (?:is|goes|comes))\b/gi;

/** The first word of a comment that describes a question instead of a thing. */
const QUESTION = /^(?:What|How|Whether|Where|So|Why|Whose|Who)\b/;

const MAX_NAME = 80;

/** Folders to look at alone, of src and test: `ENGLISH=core,store/sql npx vitest run test/english.test.ts`. */
const ONLY = process.env.ENGLISH?.split(',');

const filesIn = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => ending.test(file) && (ONLY?.some(only => file.startsWith(`${only}/`)) ?? true))
    .map(file => join(root, folder, file));

interface Found {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const show = ({ file, line, text }: Found): string => `${relative(root, file)}:${line} ${text.slice(0, 100)}`;

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** The TSDoc comments of a file: their text without stars. */
function docComments(file: string): Found[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/\/\*\*([^]*?)\*\//g)].map(match => ({
    file,
    line: lineAt(text, match.index),
    text: match[1]!.replaceAll(/\n\s*\*/g, ' ').trim(),
  }));
}

/** The names of tests and of their groups. */
function testNames(file: string): Found[] {
  const text = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const called = node.expression.getText(source);
      const [name] = node.arguments;
      if (/^(?:test|it|describe)\b/.test(called) && name && ts.isStringLiteralLike(name)) {
        found.push({ file, line: lineAt(text, node.getStart(source)), text: name.text });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('the English of the project', () => {
  test('has comments that name a thing instead of asking a question', () => {
    const all = filesIn('src', /\.ts$/).flatMap(docComments);
    const questions = all.filter(({ text }) => QUESTION.test(text));
    expect(questions.length / all.length, questions.map(show).join('\n')).toBeLessThan(0.03);
  });

  test('has plain words', () => {
    const files = [
      ...filesIn('src', /\.ts$/),
      ...filesIn('docs', /\.md$/),
      ...filesIn('man', /\.1$/),
      join(root, 'README.md'),
    ];
    const found = files.flatMap(file => {
      const text = readFileSync(file, 'utf8');
      return [...text.matchAll(BANNED)].map(match => ({ file, line: lineAt(text, match.index), text: match[0] }));
    });
    expect(found.map(show)).toEqual([]);
  });

  test('has short names of tests', () => {
    const long = filesIn('test', /\.test\.ts$/)
      .flatMap(testNames)
      .filter(({ text }) => text.length > MAX_NAME);
    expect(long.length, long.map(show).join('\n')).toBeLessThan(20);
  });
});
