/**
 * Overlays over a fake /sys, for cases that no captured machine has.
 * @module
 */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { isDirectory, type Overlays } from '../../src/overlay/overlays.ts';
import type { CpuModel } from '../../src/sampling/cpu-model.ts';
import { TextWriter } from '../../src/views/text.ts';

export const CPU = 'sys/devices/system/cpu';
export const NODE = 'sys/devices/system/node';

/** CPUs of a container: these of the host, the first `count` of them visible. */
export const model = (set: readonly number[], count = set.length): CpuModel => ({
  ...{ set, count, quota: Infinity },
});

/** Writes files, and links where a text begins with `-> `. Returns the root. */
export function makeSys(root: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path.replace(/^sys\//, ''));
    fs.mkdirSync(dirname(file), { recursive: true });
    if (text.startsWith('-> ')) fs.symlinkSync(text.slice(3), file);
    else fs.writeFileSync(file, text);
  }
  return root;
}

/** A file's text or a link's target; a negative errno as text. */
export function read(overlays: Overlays, path: string, cpus: CpuModel | null): string {
  const out = new TextWriter(new Uint8Array(1 << 16));
  const error = overlays.read(path, cpus, out);
  return error < 0
    ? String(error)
    : Buffer.from(out.bytes.subarray(0, out.length)).toString('latin1');
}

/** Names in a directory, sorted. */
export const list = (overlays: Overlays, path: string, cpus: CpuModel | null): string[] =>
  overlays
    .list(path, cpus)
    .map(([name]) => name)
    .sort();

/** Every path of an overlay, with its mode. */
export function walk(overlays: Overlays, root: string, cpus: CpuModel | null): [string, number][] {
  return overlays.list(root, cpus).flatMap(([name, mode]): [string, number][] => {
    const path = `${root}/${name}`;
    return [[path, mode], ...(isDirectory(mode) ? walk(overlays, path, cpus) : [])];
  });
}
