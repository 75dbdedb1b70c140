/**
 * The results that docs/benchmarks.md is written from, as they are kept in bench/.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '../bench/results.ts';
import type { LargeResults, LoadResults, ScaleResults } from '../bench/scale-results.ts';
import type { ScaleParts } from './scale-page.ts';

export function allResults(directory: string): { results: Results; parts: ScaleParts } {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(directory, name), 'utf8'));
  const parts = {
    scale: read('scale.json') as ScaleResults,
    load: read('load.json') as LoadResults,
    large: read('large.json') as LargeResults,
  };
  return { results: read('results.json') as Results, parts };
}
