/**
 * Checks that each source file has a test of the same name, or a line in test/covered-elsewhere.txt with a test that
 * covers it; and that each unit test has the name of a source file, or such a line. `npm run check` runs it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));
const LIST = 'test/covered-elsewhere.txt';

/** Rooms of tests that are about more than one room of the source. */
const UNMIRRORED =
  /^test\/(bench|contract|docs|e2e|fixtures|golden|helpers|lint|runner|soak|vm|native\/fuzz)\//;
const SUFFIX = /(\.kernel)?\.test\.ts$|-test\.cc$/;

const exists = (path) => existsSync(join(project, path));

const filesIn = (root) =>
  readdirSync(join(project, root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(project.length))
    .filter((path) => !path.includes('/build/'));

/** The list, as pairs of a test and a source file. */
const pairs = readFileSync(join(project, LIST), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .flatMap((line) => {
    const [test, sources = ''] = line.split(': ');
    return sources.split(' ').map((source) => [test, source]);
  });
const listedTests = new Set(pairs.map(([test]) => test));
const listedSources = new Set(pairs.map(([, source]) => source));

/** Paths that a test of a source file may have. */
const testsOf = (source) => {
  const stem = source.replace(/^src\//, '').replace(/\.\w+$/, '');
  return ['.test.ts', '.kernel.test.ts', '-test.cc'].map((suffix) => `test/${stem}${suffix}`);
};

/** Paths that the source of a test may have. */
const sourcesOf = (test) => {
  const stem = test.replace(/^test\//, '').replace(SUFFIX, '');
  return [`src/${stem}.ts`, `${stem}.cc`, `${stem}.h`];
};

/** A header belongs to the source file of its name. */
const isSource = (path) =>
  /\.(ts|cc)$/.test(path) || (/\.h$/.test(path) && !exists(path.replace(/\.h$/, '.cc')));

const problems = [];
for (const [test, source] of pairs) {
  for (const path of [test, source]) {
    if (!exists(path)) problems.push(`${LIST}: there is no file ${path}`);
  }
}
for (const source of [...filesIn('src'), ...filesIn('native')].filter(isSource)) {
  if (listedSources.has(source) || testsOf(source).some(exists)) continue;
  problems.push(`${source}: there is no ${testsOf(source)[0]}; add it, or a line in ${LIST}`);
}
for (const test of filesIn('test').filter((path) => SUFFIX.test(path) && !UNMIRRORED.test(path))) {
  if (listedTests.has(test) || sourcesOf(test).some(exists)) continue;
  problems.push(`${test}: there is no ${sourcesOf(test)[0]}; rename it, or add a line in ${LIST}`);
}
process.stderr.write(problems.map((line) => `${line}\n`).join(''));
process.exitCode = problems.length > 0 ? 1 : 0;
