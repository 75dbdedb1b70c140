/**
 * Puts the hook's files in place, and takes them away. Files that are not ours are never touched.
 * @module
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod/v3';
import { UserError } from '../base/user-error.ts';
import {
  BASE_SPEC,
  BASE_SPEC_LINES,
  baseSpec,
  CONTAINERD_CONFIG,
  hasOurHook,
  hookFiles,
  PROGRAM,
} from './plan.ts';

const built = new URL('../../../native/build/Release/procview-hook', import.meta.url);

/** A program that hangs must not keep us waiting for ever. */
const SPEC_TIME = 20_000;

/** Text of a file; null if there is none. */
function textOf(file: string): string | null {
  return fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : null;
}

/** Throws unless there is nothing, or something of ours. */
function checkOurs(file: string): void {
  const text = textOf(file);
  if (text === null || hasOurHook(text)) return;
  throw new UserError(`${file} is not ours: nothing was changed; rename it and try again`);
}

/** Whoever reads it meanwhile finds the old or the new text. */
function replace(file: string, text: string | Buffer, mode: number): void {
  fs.mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.tmp`;
  fs.writeFileSync(temporary, text, { mode });
  fs.renameSync(temporary, file);
}

/** containerd's own base spec; null where there is no `ctr` to print it. */
function containerdSpec(root: string): Record<string, unknown> | null {
  const command = root === '/' ? ['ctr'] : ['chroot', root, 'ctr'];
  const [file = '', ...args] = [...command, 'oci', 'spec'];
  try {
    const text = execFileSync(file, args, {
      timeout: SPEC_TIME,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function installBaseSpec(root: string, socket: string): string[] {
  if (!fs.existsSync(join(root, dirname(BASE_SPEC)))) return [];
  const spec = containerdSpec(root);
  if (!spec) return ['containerd: `ctr oci spec` does not run: install ctr, then try again'];
  replace(join(root, BASE_SPEC), baseSpec(spec, socket), 0o644);
  const configured = textOf(join(root, CONTAINERD_CONFIG))?.includes(BASE_SPEC);
  const todo = `; add to ${CONTAINERD_CONFIG} and restart containerd:\n\n${BASE_SPEC_LINES}`;
  return [`containerd: ${BASE_SPEC}${configured ? '' : todo}`];
}

/**
 * Writes the hook's program and a file for every runtime that is installed; again changes nothing. Throws
 * UserError, with nothing changed, if there is no runtime or a file of someone else's in the way.
 * @param root of the host's files
 * @param socket of the daemon
 * @returns lines for the user
 */
export function install(root: string, socket: string): string[] {
  const present = hookFiles(socket).filter(({ evidence }) =>
    evidence.some((directory) => fs.existsSync(join(root, directory))),
  );
  const hasContainerd = fs.existsSync(join(root, dirname(BASE_SPEC)));
  if (present.length === 0 && !hasContainerd) {
    throw new UserError(`no Podman, CRI-O, containerd or LXC below ${root}: install one first`);
  }
  if (!fs.existsSync(built)) throw new UserError('the hook is not built: npm run build');
  for (const path of [PROGRAM, BASE_SPEC, ...present.map(({ path }) => path)]) {
    checkOurs(join(root, path));
  }
  replace(join(root, PROGRAM), fs.readFileSync(built), 0o755);
  for (const { path, text } of present) replace(join(root, path), text, 0o644);
  const lines = present.map(({ runtimes, path }) => `${runtimes}: ${path}`);
  return [...lines, ...installBaseSpec(root, socket)];
}

/** A directory that holds something else stays. */
function removeEmpty(directory: string): void {
  try {
    fs.rmdirSync(directory);
  } catch {
    // Not empty, or not there.
  }
}

/**
 * Removes what {@link install} wrote; again does nothing. Throws UserError, with nothing changed, while
 * containerd's configuration needs a file of it.
 * @param root of the host's files
 * @returns lines for the user
 */
export function remove(root: string): string[] {
  if (textOf(join(root, CONTAINERD_CONFIG))?.includes(BASE_SPEC)) {
    throw new UserError(
      `${CONTAINERD_CONFIG} names ${BASE_SPEC}: take that line out and restart containerd first`,
    );
  }
  const files = hookFiles('');
  const paths = [...files.map(({ path }) => path), BASE_SPEC, PROGRAM];
  const removed = paths.filter((path) => hasOurHook(textOf(join(root, path)) ?? ''));
  for (const path of removed) fs.unlinkSync(join(root, path));
  const directories = files.flatMap((file) => file.directories);
  for (const each of [...directories, dirname(PROGRAM)]) removeEmpty(join(root, each));
  return removed.map((path) => `removed ${path}`);
}
