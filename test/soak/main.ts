/**
 * `npm run soak -- COMMAND`: tests that take too long for the test suite. Prints TAP, and the figures as lines of JSON.
 * @module
 */
import { Command, InvalidArgumentError } from 'commander';
import { abuse } from './abuse.ts';
import { kills } from './kills.ts';
import { lifetimes } from './lifetimes.ts';
import { memory } from './memory.ts';
import { stopped } from './stopped.ts';

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('not a positive whole number');
}

const program = new Command('soak').description(
  'Long-running tests of the daemon. They need root.',
);
program
  .command('kills')
  .description('Kill the daemon under its keeper repeatedly, with 30 readers in 10 containers')
  .option('--count <n>', 'number of repetitions', positive, 200)
  .action(kills);
program
  .command('lifetimes')
  .description('Check that many reads and many short containers do not grow the daemon')
  .option('--opens <n>', 'number of reads', positive, 1_000_000)
  .option('--containers <n>', 'number of containers', positive, 100_000)
  .action(lifetimes);
program
  .command('stopped')
  .description('Stop the daemon by SIGSTOP, with and without a keeper')
  .option('--seconds <n>', 'duration in seconds', positive, 30)
  .action(stopped);
program
  .command('memory')
  .description('Let the OOM killer kill the daemon')
  .option('--count <n>', 'number of repetitions', positive, 10)
  .action(memory);
program
  .command('abuse')
  .description('Abuse every served file in some containers, with 30 readers in others')
  .option('--seconds <n>', 'duration in seconds', positive, 300)
  .action(abuse);
await program.parseAsync();
