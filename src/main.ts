#!/usr/bin/env node
/**
 * Entry point of the command line.
 * @module
 */
import { preferSmallHeap } from './base/v8-flags.ts';
import { startEarly } from './daemon/serving-thread.ts';

preferSmallHeap();
// The serving thread loads its modules while this thread loads the command.
if (process.argv[2] === 'serve') startEarly();
const { run } = await import('./cli/program.ts');
await run();
