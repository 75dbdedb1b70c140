/**
 * Runs the tests of one file: `npm run test:one -- views/meminfo`. Its exit code is 1 if a test failed, 2 if there is no
 * such test.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findTest, nameOf } from './names.ts';
import { project, tests } from './steps.ts';

const USAGE = `usage: npm run test:one -- NAME
  views/meminfo        test/views/meminfo.test.ts
  native/fuse/tree     test/native/fuse/tree-test.cc
  src/views/meminfo.ts the tests of that source file
`;

const nativeTests = readdirSync(join(project, 'test/native'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('-test.cc'))
  .map((name) => `test/native/${name}`);

function run(argv: readonly string[]): boolean {
  const [file = '', ...args] = argv;
  const { status, error } = spawnSync(file, args, { cwd: project, stdio: 'inherit' });
  if (error) process.stderr.write(`cannot run ${file}: ${error.message}\n`);
  return status === 0;
}

/** Builds and runs a native test. The first build compiles all native code with the sanitizers. */
function runNative(file: string): boolean {
  const target = `build/${file.slice('test/native/'.length, -'.cc'.length)}`;
  process.stdout.write(`# building test/native/${target}; the first time takes minutes\n`);
  return (
    run(['make', '-s', '-j2', '-C', 'test/native', target]) &&
    run(['sh', '-c', `cd test/native && exec ./${target}`])
  );
}

function runTest(file: string): boolean {
  if (file.endsWith('.cc')) return runNative(file);
  if (file.includes('/e2e/') && process.getuid?.() !== 0) {
    process.stderr.write(`${nameOf(file)} mounts file systems: run it with sudo\n`);
    return false;
  }
  process.stdout.write(`# ${file}\n`);
  return run([process.execPath, file]);
}

const [request] = process.argv.slice(2);
if (request === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  const { files, near } = findTest(request, [...tests, ...nativeTests]);
  if (files.length === 0) {
    const hint = near.length > 0 ? `; did you mean ${near.join(', ')}?` : '';
    process.stderr.write(`there is no test ${request}${hint}\n${near.length > 0 ? '' : USAGE}`);
    process.exitCode = 2;
  } else if (!files.map(runTest).every(Boolean)) process.exitCode = 1;
}
