#!/usr/bin/env node
/**
 * Command line entry.
 * @module
 */
import { preferSmallHeap } from './base/v8-flags.ts';
import { startEarly } from './daemon/serving-thread.ts';

preferSmallHeap();
// It loads what it needs while this thread loads the commands.
if (process.argv[2] === 'serve') startEarly();
const { run } = await import('./cli/program.ts');
await run();
