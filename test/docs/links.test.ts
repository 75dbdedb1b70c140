import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { project } from '../helpers/project.ts';

const read = (file: string): string => readFileSync(join(project, file), 'utf8');

const pages = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md'],
  ...readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** The anchors that GitHub makes of the headings of a page. */
const anchorsOf = (page: string): string[] =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

t.test('links between the pages lead to files and headings', async (t) => {
  for (const page of pages) {
    for (const [, link = ''] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : relative(project, join(project, dirname(page), path));
      t.ok(existsSync(join(project, target)), `${page}: ${link}`);
      if (anchor) t.ok(anchorsOf(target).includes(anchor), `${page}: ${link} has no such heading`);
    }
  }
});

t.test('decisions are numbered without gaps, and the index has each with its title', async (t) => {
  const directory = join('docs', 'decisions');
  const files = readdirSync(join(project, directory))
    .filter((name) => name !== 'README.md')
    .sort();
  const index = read(join(directory, 'README.md'));
  for (const [place, file] of files.entries()) {
    const number = String(place + 1).padStart(4, '0');
    t.ok(file.startsWith(`${number}-`), `${file} has the number ${number}`);
    const title = /^# (.*)$/m.exec(read(join(directory, file)))?.[1];
    t.ok(index.includes(`| [${number}](${file}) | ${title} |`), `the index has ${file}`);
  }
});
