import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { project } from '../helpers/project.ts';

const page = readFileSync(join(project, 'docs/internals.md'), 'utf8');

/** The text of one section of the page. */
const section = (heading: string): string =>
  page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

interface Step {
  readonly file: string;
  readonly name: string;
}

/** Rows of the form: step, `file`, `function`. */
const steps = (text: string): Step[] =>
  [...text.matchAll(/^\|[^|]*\| `([^`]+)` \| `([^`]+)` \|$/gm)].map(([, file = '', name = '']) => ({
    file,
    name,
  }));

const escaped = (name: string): string => name.replace(/[$#]/g, '\\$&');

/** How TypeScript defines a function, a class, or a method of a class. */
function inTypeScript(name: string): RegExp[] {
  const [owner = '', method] = name.split('.');
  const definition = new RegExp(`^(export )?(async )?(function|class|const) ${owner}\\b`, 'm');
  if (method === undefined) return [definition];
  return [definition, new RegExp(`^  (async )?${escaped(method)}\\(`, 'm')];
}

/** How C++ defines a function or a method: at the start of a line, with its result. */
const inCpp = (name: string): RegExp[] => [new RegExp(`^\\w[\\w:<>*& ]* [*&]*${name}\\(`, 'm')];

for (const [heading, least] of [
  ['The path of a read', 10],
  ['The path of an attach', 7],
] as const) {
  t.test(`${heading}: each file defines its function`, async (t) => {
    const all = steps(section(heading));
    t.ok(all.length >= least, `${all.length} steps`);
    for (const { file, name } of all) {
      if (!t.ok(existsSync(join(project, file)), `${file} exists`)) continue;
      const text = readFileSync(join(project, file), 'utf8');
      const definitions = file.endsWith('.ts') ? inTypeScript(name) : inCpp(name);
      t.ok(
        definitions.every((pattern) => pattern.test(text)),
        `${file} defines ${name}`,
      );
    }
  });
}

t.test('the page lists all rooms', async (t) => {
  const listed = [...section('Rooms').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
  const rooms = ['src', 'native'].flatMap((part) =>
    readdirSync(join(project, part), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'build')
      .map(({ name }) => name),
  );
  t.strictSame([...listed].sort(), rooms.sort());
});
