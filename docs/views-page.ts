/**
 * Writes docs/views.md from the tables of the views.
 * @module
 */
import { basename, dirname } from 'node:path';
import type { Origin, View } from '../src/views/view.ts';

const INTRODUCTION = `# The source of every line

The tables list each line of each file, and the cgroup files from which procview computes it.
\`procview explain\` shows the same for one container, with its cgroups and their numbers.

Generated from the tables in \`src/views\`; \`npm run docs\` writes this page.

Each file has its keys in the order of this kernel's own file: a key that the kernel does not print is
not shown, even if the table contains it. A key that the table does not contain (of a newer kernel) follows the
row *any other*.

- **cgroup v1**, **cgroup v2**: the files and keys from which the line is computed. They belong to the container's own
  cgroup, unless a row names levels: its cgroup and all cgroups above, except the root. v1 keys of memory.stat are
  the hierarchical ones (\`total_...\`). A number in place of a file is shown as it is.
- **since Linux**: the first kernel that has the source, where Linux 5.4 does not.
- **if absent**: the value where the kernel or the cgroup has no such source; 0 if the cell is empty.
- **unlike the host's**: how the meaning of the line differs from its meaning on a host.

A host process reads the host's bytes. So does a container in the root cgroup of the controller that a file
needs, or whose figures cannot be read.
`;

/** Escapes the characters with a meaning in Markdown. */
const escaped = (text: string): string => text.replace(/[<>*|]/g, '\\$&');

const since = ({ since: { v1, v2 } = {} }: Origin): string =>
  v1 === v2 ? (v1 ?? '') : [v1 && `${v1} on v1`, v2 && `${v2} on v2`].filter(Boolean).join(', ');

const keyOf = ({ key, unit }: Origin): string => {
  const names = key.split(', ').map((name) => `\`${name}\``);
  const name = key === '*' ? '*any other*' : names.join(', ');
  return unit ? `${name}, ${unit}` : name;
};

/** One text for both versions appears once. */
const onV2 = ({ v1, v2 }: Origin): string => (v1 === v2 ? 'the same' : v2);

/** Columns after the key; a table omits a column that is empty for its file. */
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
