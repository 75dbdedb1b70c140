/**
 * Finds tests by name: `views/meminfo` is test/views/meminfo.test.ts, `native/fuse/tree` is
 * test/native/fuse/tree-test.cc. A path of the test or of the source that it tests is a name too.
 * @module
 */
import { near } from '../../src/cli/near.ts';

const SUFFIX = /(?:(?:\.kernel)?\.test\.[jt]s|-test\.cc|\.[jt]s|\.cc|\.h)$/;

/** The name of a test or source file. */
export const nameOf = (path: string): string =>
  path.replace(/^(\.\/)?(dist\/)?((test|src)\/)?/, '').replace(SUFFIX, '');

export interface Found {
  /** Files with the name; more than one where the kernel tests are apart. */
  readonly files: readonly string[];
  /** Names that may have been meant, if there is no such test. */
  readonly near: readonly string[];
}

/**
 * Finds the files of a test.
 * @param request a name, its last part, or a path
 * @param files test files, relative to the project
 */
export function findTest(request: string, files: readonly string[]): Found {
  const name = nameOf(request);
  const exact = files.filter((file) => nameOf(file) === name);
  if (exact.length > 0) return { files: exact, near: [] };
  const ending = files.filter((file) => nameOf(file).endsWith(`/${name}`));
  const names = [...new Set(ending.map(nameOf))];
  if (names.length === 1) return { files: ending, near: [] };
  return { files: [], near: names.length > 1 ? names : nearNames(name, files) };
}

/** Names like this one, then names whose last part is like its last part. */
function nearNames(name: string, files: readonly string[]): string[] {
  const all = [...new Set(files.map(nameOf))];
  const last = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const likeLast = near(last(name), all.map(last));
  const alike = all.filter((each) => likeLast.includes(last(each)));
  return [...new Set([...near(name, all), ...alike])].slice(0, 8);
}
