/**
 * Golden files: test/golden/HOST/VIEW.txt has what every container of a captured host reads. Headings divide it,
 * `-- free, limited --`, each with all containers that read the text below it.
 * @module
 */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import type { View } from '../../src/views/view.ts';
import { project } from './project.ts';

const golden = join(project, 'test/golden');

/** A view's path as `procview show` takes it: without `proc/`. */
export const fileOf = ({ path }: Pick<View, 'path'>): string => path.replace(/^proc\//, '');

const goldenFile = (host: string, view: Pick<View, 'path'>): string =>
  join(golden, host, `${fileOf(view)}.txt`);

/** Formats the bodies of one view, by container; the containers of equal bodies share a section. */
export function formatGolden(bodies: ReadonlyMap<string, string>): string {
  const sections = new Map<string, string[]>();
  for (const [container, body] of bodies) {
    if (!/^$|\n$/.test(body) || /^-- .* --$/m.test(body)) {
      throw new Error(`the body of ${container} does not fit into a golden file`);
    }
    const names = sections.get(body);
    if (names) names.push(container);
    else sections.set(body, [container]);
  }
  return [...sections].map(([body, names]) => `-- ${names.join(', ')} --\n${body}`).join('');
}

/** The bodies of one golden file, by container. */
export function parseGolden(text: string): Map<string, string> {
  const bodies = new Map<string, string>();
  for (const section of text.split(/^-- (?=.* --$)/m).slice(1)) {
    const end = section.indexOf('\n');
    for (const name of section.slice(0, end - 3).split(', '))
      bodies.set(name, section.slice(end + 1));
  }
  return bodies;
}

/** What each container of a host reads from a view; empty if the host's kernel has no such file. */
export function readGolden(host: string, view: Pick<View, 'path'>): Map<string, string> {
  const file = goldenFile(host, view);
  return parseGolden(fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : '');
}

export function writeGolden(
  host: string,
  view: Pick<View, 'path'>,
  bodies: ReadonlyMap<string, string>,
): void {
  const file = goldenFile(host, view);
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(file, formatGolden(bodies), 'latin1');
}

/** Paths below test/golden/HOST, sorted. */
export function goldenFiles(host: string): string[] {
  const root = join(golden, host);
  if (!fs.existsSync(root)) return [];
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) => join(file.parentPath, file.name).slice(root.length + 1)).sort();
}

export const removeGolden = (host: string): void =>
  fs.rmSync(join(golden, host), { recursive: true, force: true });
