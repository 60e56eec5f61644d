import { describe, expect, test } from 'vitest';
import { createProgram } from '../../../src/cli/program.js';
import { suggestionFor } from '../../../src/cli/shared/unknown-command.js';

const { program } = createProgram(() => Promise.reject(new Error('no command runs here')));
const names = program.commands.map(command => command.name());

describe('suggestionFor', () => {
  test.each([
    ['qery', '(Did you mean query?)'],
    ['tial', '(Did you mean tail?)'],
    ['lgos', '(Did you mean logs?)'],
    ['serch', '`telemetry tail --no-follow --grep TEXT` prints the events that contain a text.'],
    ['exprot', '(Did you mean export?)'],
    ['dump', '`telemetry export --to FILE` writes events to a file.'],
    ['retantion', '(Did you mean retention?)'],
    ['Export', '(Did you mean export?)'],
    ['grep', '`telemetry tail --no-follow --grep TEXT` prints the events that contain a text.'],
    ['rm', '`telemetry prune` removes events.'],
    ['select 1', 'SQL goes to `telemetry query`: telemetry query "select 1"'],
  ])('suggests for %s', (word, suggestion) => {
    expect(suggestionFor(word, names)).toBe(suggestion);
  });

  test.each(['compute', 'frobnicate', 'x', 'cp', ''])('has nothing to suggest for "%s"', word => {
    expect(suggestionFor(word, names)).toBeUndefined();
  });

  test('names no command that does not exist', () => {
    expect(suggestionFor('dump', ['serve'])).toBeUndefined();
  });
});
