/**
 * `npm run bench:calls`: the system calls of a server for each read, alone; where programs are slow, as in an emulated
 * machine, nothing else can be measured. bench/README.md explains it.
 * @module
 */
import { Command } from 'commander';
import { apart, DEPTHS, FILES, interruptible, SERVERS, short } from './harness/benchmark.ts';
import { countCalls } from './reads/count-calls.ts';
import { parseOptions } from './reads/options.ts';

const { reads, servers } = new Command('npm run bench:calls --')
  .description('Counts the system calls that each read costs a server; the last line is JSON.')
  .option('--reads <n>', 'so many of each file', '2000')
  .option('--servers <list>', 'of the servers', SERVERS.join())
  .parse()
  .opts<{ reads: string; servers: string }>();

const signal = interruptible();
const counts = [];
for (const depth of DEPTHS) {
  const options = { ...parseOptions(['--targets', servers]), depth };
  const job = { options, files: FILES, reads: Number(reads) };
  counts.push(...(await apart(signal, (cleanup) => countCalls(job, signal, cleanup))));
}
process.stdout.write(`${JSON.stringify(counts, short)}\n`);
