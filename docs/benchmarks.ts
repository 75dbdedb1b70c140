/**
 * `npm run bench:docs`: writes docs/benchmarks.md.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Results } from '../bench/results.ts';
import { benchmarksPage } from './benchmarks-page.ts';

const results = new URL('../../bench/results.json', import.meta.url);
const page = new URL('../../docs/benchmarks.md', import.meta.url);
writeFileSync(page, benchmarksPage(JSON.parse(readFileSync(results, 'utf8')) as Results));
