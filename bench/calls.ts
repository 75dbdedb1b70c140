/**
 * `npm run bench:calls`: only the system calls of a server for each read, which can be measured on an emulated machine too.
 * bench/README.md explains it.
 * @module
 */
import { Command } from 'commander';
import {
  DEPTHS,
  FILES,
  interruptSignal,
  SERVERS,
  sixDigits,
  withCleanup,
} from './harness/benchmark.ts';
import { countCalls } from './reads/count-calls.ts';
import { parseOptions } from './reads/options.ts';

const { reads, servers } = new Command('npm run bench:calls --')
  .description('Count the system calls of a server for each read; the last line is JSON.')
  .option('--reads <n>', 'reads of each file', '2000')
  .option('--servers <list>', 'comma-separated servers', SERVERS.join())
  .parse()
  .opts<{ reads: string; servers: string }>();

const signal = interruptSignal();
const counts = [];
for (const depth of DEPTHS) {
  const options = { ...parseOptions(['--targets', servers]), depth };
  const job = { options, files: FILES, reads: Number(reads) };
  counts.push(...(await withCleanup(signal, (cleanup) => countCalls(job, signal, cleanup))));
}
process.stdout.write(`${JSON.stringify(counts, sixDigits)}\n`);
