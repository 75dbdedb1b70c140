/**
 * `npm run bench:docs`: writes docs/benchmarks.md.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allResults } from './benchmark-results.ts';
import { benchmarksPage } from './benchmarks-page.ts';

const root = join(import.meta.dirname, '..', '..');
const { results, parts, onV2 } = allResults(join(root, 'bench'));
writeFileSync(join(root, 'docs', 'benchmarks.md'), benchmarksPage(results, parts, onV2));
