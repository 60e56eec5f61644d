import { expect, test } from 'vitest';
import { parquetSelects } from '../../../../../src/store/archive/formats/parquet/view.js';
import { openReader } from '../../../../../src/store/journal/reader.js';
import { seal } from '../../../../helpers/archive.js';
import { createFixture } from '../../../../query/fixture.js';

test.each([
  ['key', 1],
  ['odd', 2],
])('a view that reads %s scans files whose types of odd differ %i times', async (name, scans) => {
  const fixture = createFixture({ key: 'a', odd: 1 });
  const { dir } = fixture;
  await seal(dir);
  fixture.add({ key: 'b', odd: 'text' });
  await seal(dir);
  const reader = openReader(dir);
  const attributes = reader.attributes();

  const selects = parquetSelects({
    dir,
    segments: reader.segments(),
    attributes,
    columns: attributes.filter(attribute => attribute.name === name),
    shapes: undefined,
    hidesPayload: true,
    condition: 'true',
    core: new Set(['type']),
  });
  reader.close();

  expect(selects).toHaveLength(scans);
});
