/**
 * Checks the order of the rooms: a file imports from its own room and from rooms below it, never from a room above.
 * `npm run check` runs it. It prints one line for each import that runs up, and then exits with 1.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** The folders of each part, from the lowest; those of one line do not import from each other. */
const parts = [
  {
    root: 'src',
    extension: /\.ts$/,
    imports: /(?:from|import)\s*\(?\s*'(\.[^']+)'/g,
    target: (file, name) => normalize(join(dirname(file), name)),
    rooms: [
      ['native'],
      ['base', 'tree'],
      ['cgroup', 'hooks'],
      ['containers'],
      ['sampling'],
      ['discovery', 'switches', 'views'],
      ['config', 'explain', 'overlay', 'parameters'],
      ['api', 'serving'],
      ['attach', 'doctor'],
      ['daemon'],
      ['cli'],
      ['.'],
    ],
  },
  {
    root: 'native',
    extension: /\.(cc|h)$/,
    imports: /^#include "([^"]+)"/gm,
    target: (_file, name) => join('native', name),
    rooms: [
      ['base'],
      ['callers', 'fuse', 'hook', 'mounts', 'privileges', 'sample', 'service', 'watch'],
      ['keeper', 'persist'],
      ['guard'],
      ['session'],
      ['addon'],
    ],
  },
];

const roomOf = (root, path) => {
  const [first, second] = path.slice(root.length + 1).split('/');
  return second === undefined ? '.' : first;
};

const problems = [];
for (const { root, extension, imports, target, rooms } of parts) {
  const level = (room) => rooms.findIndex((names) => names.includes(room));
  for (const name of readdirSync(join(project, root), { recursive: true })) {
    if (!extension.test(name)) continue;
    const file = join(root, name);
    const room = roomOf(root, file);
    if (level(room) < 0) problems.push(`${file}: test/lint/rooms.mjs does not list its room`);
    for (const [, imported] of readFileSync(join(project, file), 'utf8').matchAll(imports)) {
      const other = roomOf(root, target(file, imported));
      if (other !== room && level(other) >= level(room)) {
        problems.push(`${file}: imports ${imported}, from a room that is not below its own`);
      }
    }
  }
}
process.stderr.write(problems.map((line) => `${line}\n`).join(''));
process.exitCode = problems.length > 0 ? 1 : 0;
