/** Builds the C programs of the benchmarks. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './child.ts';

/**
 * Compiles `bench/programs/<name>.c`, unless the program is newer than its sources; needs gcc, or the compiler in CC.
 * @returns the program's path
 */
export async function compile(
  root: string,
  name: string,
  flags: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const { CC: compiler = 'gcc' } = process.env;
  const source = join(root, 'bench/programs', `${name}.c`);
  const program = join(root, 'bench', 'build', name);
  mkdirSync(join(root, 'bench', 'build'), { recursive: true });
  const built = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = [source, join(root, 'bench/programs/latency.h')];
  if (sources.some((each) => statSync(each).mtimeMs > built)) {
    await run(
      compiler,
      ['-O2', '-Wall', '-Wextra', '-pthread', ...flags, '-o', program, source],
      signal,
    );
  }
  return program;
}
