/**
 * docs/views.md from the tables of the views.
 * @module
 */
import { basename, dirname } from 'node:path';
import type { Origin, View } from '../src/views/view.ts';

const INTRODUCTION = `# Where every line comes from

Generated from the tables in \`src/views\`: \`npm run docs\` writes it anew. \`procview explain\` tells the same
of one container, with its cgroups and their numbers.

Each file has its keys in the order of this kernel's own file: a key that the kernel does not print is
not shown, whatever the table says. A key that the table does not name (a newer kernel's) follows the row
*any other*.

- **cgroup v1**, **cgroup v2**: the files and keys that the line is made of. They are the container's own
  cgroup's, unless a row speaks of levels: those are its cgroup and all that it lies in, up to but without
  the root. v1 keys of memory.stat are the hierarchical ones (\`total_...\`). A number in place of a file is
  shown as it is.
- **since Linux**: the first kernel that has the source, where Linux 5.4 does not.
- **if absent**: what is shown where the kernel or the cgroup has no such source; 0 where nothing is said.
- **unlike the host's**: how the meaning of the line differs from what it means on a host.

A host process reads the host's bytes. So does a container that sits in the root cgroup of the controller
that a file needs, or whose figures cannot be read.
`;

/** What Markdown would take for its own. */
const escaped = (text: string): string => text.replace(/[<>*|]/g, '\\$&');

const since = ({ since: { v1, v2 } = {} }: Origin): string =>
  v1 === v2 ? (v1 ?? '') : [v1 && `${v1} on v1`, v2 && `${v2} on v2`].filter(Boolean).join(', ');

const keyOf = ({ key, unit }: Origin): string => {
  const names = key.split(', ').map((name) => `\`${name}\``);
  const name = key === '*' ? '*any other*' : names.join(', ');
  return unit ? `${name}, ${unit}` : name;
};

/** `the same` saves a table from saying everything twice; so does one text for both versions. */
const onV2 = ({ v1, v2 }: Origin): string => (v1 === v2 ? 'the same' : v2);

/** Columns after the key; one that has nothing to say about a file is left out of its table. */
const COLUMNS: readonly (readonly [heading: string, cell: (origin: Origin) => string])[] = [
  ['cgroup v1', ({ v1 }) => v1],
  ['cgroup v2', onV2],
  ['since Linux', since],
  ['if absent', ({ absent = '' }) => absent],
  ["unlike the host's", ({ differs = '' }) => differs],
];

function section(path: string, fields: readonly Origin[]): string {
  const columns = COLUMNS.filter(([, cell]) => fields.some((field) => cell(field) !== ''));
  const rows = [
    ['key', ...columns.map(([heading]) => heading)],
    ['---', ...columns.map(() => '---')],
    ...fields.map((field) => [keyOf(field), ...columns.map(([, cell]) => escaped(cell(field)))]),
  ];
  return [`## /${path}`, '', ...rows.map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n');
}

/** A file that is one value is a row in the section of its directory. */
const sectionOf = ({ path, fields }: View): string =>
  fields.length === 1 && fields[0]?.key === basename(path) ? dirname(path) : path;

/** The whole page. */
export function viewsPage(views: readonly View[]): string {
  const sections = new Map<string, Origin[]>();
  for (const view of views) {
    const path = sectionOf(view);
    sections.set(path, [...(sections.get(path) ?? []), ...view.fields]);
  }
  return [INTRODUCTION, ...[...sections].map(([path, fields]) => section(path, fields))].join('\n');
}
