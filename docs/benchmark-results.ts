/**
 * The results that docs/benchmarks.md is written from, as they are kept in bench/.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '../bench/reads/results.ts';
import type { LargeResults, LoadResults, ScaleResults } from '../bench/scale/results.ts';
import type { ScaleParts } from './scale-page.ts';

export interface AllResults {
  readonly results: Results;
  readonly parts: ScaleParts;
  /** System calls on cgroup v2. */
  readonly onV2: Results['syscalls'];
}

export function allResults(directory: string): AllResults {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(directory, name), 'utf8'));
  const parts = {
    scale: read('scale.json') as ScaleResults,
    load: read('load.json') as LoadResults,
    large: read('large.json') as LargeResults,
  };
  const onV2 = read('calls-v2.json') as Results['syscalls'];
  return { results: read('results.json') as Results, parts, onV2 };
}
