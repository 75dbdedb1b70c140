/**
 * The captured hosts of test/fixtures: text archives that are unpacked to test/fixtures/build on first use.
 * @module
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { project } from './project.ts';
import { type Entry, formatArchive, parseArchive } from './text-archive.ts';

const fixtures = join(project, 'test/fixtures');
const build = join(fixtures, 'build');

/** Names of the archives. */
export const archives: readonly string[] = fs
  .readdirSync(fixtures)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => name.slice(0, -'.txt'.length));

/** Reads a directory tree, sorted by path; directories only where they are empty. */
export function readTree(root: string, below = ''): Entry[] {
  const names = fs.readdirSync(join(root, below), { withFileTypes: true });
  names.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (names.length === 0 && below !== '') return [{ kind: 'directory', path: below }];
  return names.flatMap((each): Entry[] => {
    const path = join(below, each.name);
    const file = join(root, path);
    if (each.isDirectory()) return readTree(root, path);
    if (each.isSymbolicLink()) return [{ kind: 'link', path, target: fs.readlinkSync(file) }];
    const mode = fs.statSync(file).mode & 0o7777;
    return [{ kind: 'file', path, mode, content: fs.readFileSync(file) }];
  });
}

/** Writes entries below a directory; where a path repeats, the last entry remains. */
export function writeTree(root: string, entries: readonly Entry[]): void {
  for (const entry of entries) {
    if (entry.kind === 'note') continue;
    const file = join(root, entry.path);
    if (!file.startsWith(`${root}/`)) throw new Error(`${entry.path} leads out of the tree`);
    fs.mkdirSync(entry.kind === 'directory' ? file : dirname(file), { recursive: true });
    if (entry.kind === 'link') fs.symlinkSync(entry.target, file);
    else if (entry.kind === 'file') {
      fs.writeFileSync(file, entry.content);
      fs.chmodSync(file, entry.mode);
    }
  }
}

const archiveOf = (host: string): string => join(fixtures, `${host}.txt`);

/** Archives a directory as test/fixtures/HOST.txt. */
export function pack(host: string, root: string): void {
  fs.writeFileSync(archiveOf(host), formatArchive(readTree(root)), 'latin1');
}

/** Makes build/HOST point to a directory beside it. Atomic, because other test processes follow the link. */
function pointTo(host: string, name: string): void {
  const link = join(build, host);
  const before = fs.lstatSync(link, { throwIfNoEntry: false }) && fs.readlinkSync(link);
  if (before === name) return;
  const temporary = `${link}.${process.pid}`;
  fs.symlinkSync(name, temporary);
  fs.renameSync(temporary, link);
  if (before !== undefined) fs.rmSync(join(build, before), { recursive: true, force: true });
}

/**
 * Unpacks an archive unless that was done before, and returns the directory: test/fixtures/build/HOST, resolved.
 * Several processes may do so at once: the directory is named after the archive's hash, and appears when it is complete.
 */
export function unpacked(host: string): string {
  const text = fs.readFileSync(archiveOf(host));
  const name = `.${host}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  const directory = join(build, name);
  if (!fs.existsSync(directory)) {
    fs.mkdirSync(build, { recursive: true });
    const temporary = fs.mkdtempSync(join(build, '.unpacking-'));
    writeTree(temporary, parseArchive(text.toString('latin1')));
    fs.chmodSync(temporary, 0o755);
    try {
      fs.renameSync(temporary, directory);
    } catch (error) {
      // Another process was faster.
      if (!fs.existsSync(directory)) throw error;
      fs.rmSync(temporary, { recursive: true });
    }
  }
  pointTo(host, name);
  return directory;
}
