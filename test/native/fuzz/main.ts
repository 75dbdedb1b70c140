/**
 * Runs the fuzz targets under libFuzzer, the address and the undefined behaviour sanitizer:
 *
 *     npm run fuzz -- [--seconds N] [--minimise] [TARGET...]
 *
 * What it finds to be new is kept in test/native/build/fuzz/corpus, from where the next run goes on; with
 * `--minimise` the least that covers as much becomes the seeds. An input that breaks something is written to
 * test/native/build/fuzz, the exit code is 1 then.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError } from 'commander';

const here = join(import.meta.dirname, '../../../../test/native');
const built = join(here, 'build/fuzz');
const seedsOf = (target: string): string => join(here, 'fuzz/seeds', target);

/** Longer inputs show nothing new, and make each run slower. */
const LONGEST = 8192;

/** Recorded requests are seeds as they are. */
const RECORDED: Readonly<Record<string, string>> = { dispatch: join(here, 'frames') };

function run(argv: readonly string[]): boolean {
  const [file = '', ...rest] = argv;
  return spawnSync(file, rest, { stdio: 'inherit' }).status === 0;
}

function fuzz(target: string, seconds: string): boolean {
  const corpus = join(built, 'corpus', target);
  mkdirSync(corpus, { recursive: true });
  const options = [
    `-max_total_time=${seconds}`,
    `-max_len=${LONGEST}`,
    `-artifact_prefix=${built}/${target}-`,
    '-print_final_stats=1',
    '-verbosity=1',
  ];
  const recorded = RECORDED[target];
  const directories = [corpus, seedsOf(target), ...(recorded === undefined ? [] : [recorded])];
  process.stdout.write(`# ${target}\n`);
  return run([join(built, 'clang', target), ...options, ...directories]);
}

/** Not what is covered by recorded requests already. */
function minimise(target: string): boolean {
  const [seeds, least] = [seedsOf(target), join(built, 'least', target)];
  rmSync(least, { recursive: true, force: true });
  mkdirSync(least, { recursive: true });
  const sources = [seeds, join(built, 'corpus', target)];
  if (!run([join(built, 'clang', target), '-merge=1', `-max_len=${LONGEST}`, least, ...sources])) {
    return false;
  }
  rmSync(seeds, { recursive: true });
  renameSync(least, seeds);
  const sizes = readdirSync(seeds).map((name) => statSync(join(seeds, name)).size);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  process.stdout.write(`# ${target}: ${sizes.length} seeds, ${bytes} bytes\n`);
  return true;
}

const all = readdirSync(join(here, 'fuzz/seeds')).sort();

function positive(text: string): string {
  if (/^[1-9]\d*$/.test(text)) return text;
  throw new InvalidArgumentError('not a positive whole number');
}

const program = new Command('fuzz')
  .description('Gives the native parsers and the dispatcher of requests what breaks them.')
  .addArgument(new Argument('[targets...]', 'all if none is named').choices(all))
  .option('--seconds <n>', 'for each target', positive, '60')
  .option('--minimise', 'then make the least that covers as much the seeds')
  .parse();
const { seconds, minimise: minimises } = program.opts<{ seconds: string; minimise?: true }>();
if (!run(['make', '-s', '-C', join(here, 'fuzz'), 'all'])) {
  process.stderr.write(
    'cannot build: install clang and its libFuzzer (Debian: libclang-rt-14-dev)\n',
  );
  process.exit(1);
}
const targets = program.args.length > 0 ? program.args : all;
const failed = targets.filter(
  (target) => !fuzz(target, seconds) || (minimises && !minimise(target)),
);
if (failed.length > 0) process.stdout.write(`# found something: ${failed.join(' ')}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
