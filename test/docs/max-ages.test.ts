import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { formatAge, nativeMaxAges, withMaxAges } from '../../docs/max-ages.ts';
import { project } from '../helpers/project.ts';

t.test('docs/internals.md shows the table of src/base/max-age.ts', async (t) => {
  const page = fs.readFileSync(join(project, 'docs/internals.md'), 'utf8');
  t.ok(page === withMaxAges(page), 'it is stale: run `npm run docs` and commit it');
  t.throws(() => withMaxAges('no section'), /no section/);
});

t.test('native periods are those of the native code', async (t) => {
  for (const { file, constant, figure } of nativeMaxAges) {
    t.match(fs.readFileSync(join(project, file), 'utf8'), constant, figure);
  }
});

t.test('ages in the largest unit that leaves a whole number', async (t) => {
  t.equal(formatAge(500), '500 us');
  t.equal(formatAge(1_500), '1500 us');
  t.equal(formatAge(10_000), '10 ms');
  t.equal(formatAge(60_000_000), '1 min');
  t.equal(formatAge(90_000_000), '90 s');
  t.equal(formatAge(3600 * 1e6), '1 h');
});
