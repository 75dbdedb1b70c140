/**
 * The section of docs/internals.md on the age of figures, from src/base/max-age.ts.
 * @module
 */
import { maxAge } from '../src/base/max-age.ts';
import { table } from './table.ts';

const UNITS = [
  { unit: 'year', us: 365 * 24 * 3600 * 1e6 },
  { unit: 'h', us: 3600 * 1e6 },
  { unit: 'min', us: 60 * 1e6 },
  { unit: 's', us: 1e6 },
  { unit: 'ms', us: 1e3 },
] as const;

/** Microseconds in the largest unit that leaves a whole number. */
export function formatAge(us: number): string {
  const found = UNITS.find((one) => us >= one.us && us % one.us === 0);
  if (!found) return `${us} us`;
  const count = us / found.us;
  return `${count} ${found.unit}${found.unit === 'year' && count > 1 ? 's' : ''}`;
}

/** Periods of native code, which has constants of its own; test/docs/max-ages.test.ts compares them. */
export const nativeMaxAges = [
  {
    figure: 'a cgroup file that does not exist, or that cannot be opened',
    us: 1_000_000,
    why: 'a kernel or cgroup without a feature does not get it within a second',
    file: 'native/sample/sources.cc',
    constant: 'kRetry = 1000000;',
  },
  {
    figure: "the kernel's cache of served names",
    us: 3600 * 1e6,
    why: 'the tree never changes; names that depend on the caller are not cached',
    file: 'native/fuse/entries.cc',
    constant: 'kEntryValidSeconds = 3600;',
  },
  {
    figure: "the kernel's cache of names that do not exist",
    us: 1_000_000,
    why: 'a path below the mount is looked up again after an upgrade that serves it',
    file: 'native/fuse/entries.cc',
    constant: 'kMissingSeconds = 1;',
  },
  {
    figure: "the kernel's cache of attributes",
    us: 100 * 365 * 24 * 3600 * 1e6,
    why: 'the node id determines them; a bind-mounted file is never looked up again',
    file: 'native/fuse/entries.cc',
    constant: 'kAttrValidSeconds = 100ULL * 365 * 24 * 3600;',
  },
] as const;

const INTRODUCTION = `Each open of a file renders it again. Memory and swap usage are read for each open; all other input may be as old as
this table says. A view that was rendered from the same input again copies its last bytes.
`;

/** The table of all periods. */
export const maxAgesTable = (): string =>
  table(
    ['figure', 'at most', 'why'],
    [...Object.values(maxAge), ...nativeMaxAges].map(({ figure, us, why }) => [
      figure,
      formatAge(us),
      why,
    ]),
  );

const SECTION = /(<!-- max-age:.*-->\n)[\s\S]*?(<!-- max-age end -->)/;

/** The page with its section up to date. Throws if it has no such section. */
export function withMaxAges(page: string): string {
  if (!SECTION.test(page))
    throw new Error('docs/internals.md has no section between max-age marks');
  return page.replace(SECTION, (_, begin: string, end: string) =>
    [begin, INTRODUCTION, maxAgesTable(), end].join('\n'),
  );
}
