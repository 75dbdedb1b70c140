/**
 * Serves copies of kernel files on a FUSE mount. While this process is stopped (SIGSTOP), their readers wait in the
 * kernel, as with a kernel file that hangs. Arguments: a mount point, and the files, which are served as 0, 1, ...
 * @module
 */
import { openSync, readSync } from 'node:fs';
import { native } from '../../../src/native/addon.ts';

const [mountpoint = '', ...files] = process.argv.slice(2);
const FIRST = 2;
const root = { id: 1, parent: 1, name: '', mode: 0o040555 };
const nodes = files.map((_, i) => ({ id: FIRST + i, parent: 1, name: `${i}`, mode: 0o100444 }));
const body = Buffer.alloc(1 << 20);
// Opened before the copies cover them.
const originals = files.map((file) => openSync(file, 'r'));

function render(node: number): number {
  let length = 0;
  for (let got = -1; got !== 0; length += got) {
    got = readSync(originals[node - FIRST] ?? -1, body, length, body.length - length, length);
  }
  return length;
}

const session = new native.Session({ mountpoint, fsname: 'mirror', nodes: [root, ...nodes] });
process.stdout.write('ready\n');
session.serve({ worker: 0, body, render });
