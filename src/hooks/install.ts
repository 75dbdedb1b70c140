/**
 * Installs and removes the hook's files. It never changes a file that procview did not write.
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

/** Milliseconds for `ctr oci spec`, which may hang. */
const SPEC_TIMEOUT_MS = 20_000;

/** Text of a file; null if there is none. */
function textOf(file: string): string | null {
  return fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : null;
}

/** Throws UserError if another program's file is there. */
function checkOurs(file: string): void {
  const text = textOf(file);
  if (text === null || hasOurHook(text)) return;
  throw new UserError(
    `${file} was not written by procview: rename it and try again; nothing was changed`,
  );
}

/** Replaces a file at once: a reader gets the old text or the new one. */
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
      timeout: SPEC_TIMEOUT_MS,
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
  if (!spec) return ['containerd: cannot run `ctr oci spec`: install ctr and try again'];
  replace(join(root, BASE_SPEC), baseSpec(spec, socket), 0o644);
  const configured = textOf(join(root, CONTAINERD_CONFIG))?.includes(BASE_SPEC);
  const todo = `; add to ${CONTAINERD_CONFIG} and restart containerd:\n\n${BASE_SPEC_LINES}`;
  return [`containerd: ${BASE_SPEC}${configured ? '' : todo}`];
}

/**
 * Writes the hook's program, and a file for each runtime that is installed. Idempotent. Throws UserError, with nothing
 * changed, if there is no runtime, or another program's file at one of the paths.
 * @param root the host's root directory
 * @param socket the daemon's control socket
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
  if (!fs.existsSync(built)) throw new UserError('the hook is not built: run npm run build');
  for (const path of [PROGRAM, BASE_SPEC, ...present.map(({ path }) => path)]) {
    checkOurs(join(root, path));
  }
  replace(join(root, PROGRAM), fs.readFileSync(built), 0o755);
  for (const { path, text } of present) replace(join(root, path), text, 0o644);
  const lines = present.map(({ runtimes, path }) => `${runtimes}: ${path}`);
  return [...lines, ...installBaseSpec(root, socket)];
}

/** Removes a directory if it is empty. */
function removeEmpty(directory: string): void {
  try {
    fs.rmdirSync(directory);
  } catch {
    // Not empty, or not there.
  }
}

/**
 * Removes the files that {@link install} wrote. Idempotent. Throws UserError, with nothing changed, while containerd's
 * configuration names one of them.
 * @param root the host's root directory
 * @returns lines for the user
 */
export function remove(root: string): string[] {
  if (textOf(join(root, CONTAINERD_CONFIG))?.includes(BASE_SPEC)) {
    throw new UserError(
      `${CONTAINERD_CONFIG} names ${BASE_SPEC}: remove that line and restart containerd first`,
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
