/**
 * `npm run soak -- <what>`: what takes too long for the tests. Prints TAP, and its figures as lines of JSON.
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

const program = new Command('soak').description('Runs as root, for as long as it takes.');
program
  .command('kills')
  .description(
    'kills the daemon under its keeper again and again, under 30 readers in 10 containers',
  )
  .option('--count <n>', 'how often', positive, 200)
  .action(kills);
program
  .command('lifetimes')
  .description('reads, and starts and ends containers, and looks at what the daemon uses')
  .option('--opens <n>', 'how many reads', positive, 1_000_000)
  .option('--containers <n>', 'how many containers', positive, 100_000)
  .action(lifetimes);
program
  .command('stopped')
  .description('stops the daemon for a while, with and without a keeper')
  .option('--seconds <n>', 'for how long', positive, 30)
  .action(stopped);
program
  .command('memory')
  .description('lets the daemon hit the memory limit of its cgroup')
  .option('--count <n>', 'how often', positive, 10)
  .action(memory);
program
  .command('abuse')
  .description('abuses every served file in one container, beside 30 readers in others')
  .option('--seconds <n>', 'for how long', positive, 300)
  .action(abuse);
await program.parseAsync();
