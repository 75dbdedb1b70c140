/**
 * Any way of cutting a file gives the same snapshot: on a real mount over a captured tree, in which
 * this process stands in a container.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Daemon, temporary } from '../e2e/helpers/daemon.ts';
import { Captured, rootsOf } from '../helpers/captured.ts';

const HOST = 'x86-64cpus';

/** A copy of the tree where this process is a task of a container. */
function copyWithMe(root: string, init: number): { proc: string; sys: string; cgroup: string } {
  const { proc, ...others } = rootsOf(HOST);
  const copy = join(root, 'proc');
  fs.cpSync(proc, copy, { recursive: true, verbatimSymlinks: true });
  const from = join(proc, String(init));
  fs.cpSync(from, join(copy, String(process.pid)), { recursive: true, verbatimSymlinks: true });
  return { ...others, proc: copy };
}

/** Serves a tree until the test is over. */
async function serve(t: Test, roots: ReturnType<typeof rootsOf>, root: string): Promise<string> {
  const daemon = new Daemon(join(root, 'mount'), join(root, 'state'));
  t.teardown(() => daemon.stop());
  const { proc, sys, cgroup } = roots;
  await daemon.start('--proc-root', proc, '--sys-root', sys, '--cgroup-root', cgroup);
  return daemon.mount;
}

/** Reads a file in pieces, from the beginning. */
function inPieces(fd: number, size: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const piece = Buffer.alloc(size);
    const length = fs.readSync(fd, piece, 0, size, at);
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, length));
    at += length;
  }
}

/** Reads the same range from the end to the beginning, and then behind the end. */
function backwards(fd: number, whole: Buffer): Buffer {
  const out = Buffer.alloc(whole.length);
  const step = 997;
  for (let at = Math.floor((whole.length - 1) / step) * step; at > 0; at -= step) {
    fs.readSync(fd, out, at, Math.min(step, whole.length - at), at);
  }
  whole.copy(out, 0, 0, Math.min(step, whole.length));
  return out;
}

const cannot =
  (process.getuid?.() !== 0 && 'not root') || (!fs.existsSync('/dev/fuse') && 'no /dev/fuse');

/** All ways of cutting one file. */
function checkFile(t: Test, file: string, golden: Buffer | null): void {
  const fd = fs.openSync(file, 'r');
  const whole = Buffer.alloc(1 << 20);
  const length = fs.readSync(fd, whole, 0, whole.length, 0);
  const body = whole.subarray(0, length);
  t.ok(length > 0 || golden?.length === 0, `one read gets ${length} bytes`);
  t.equal(fs.readSync(fd, whole, length, 1, length), 0, 'the end of the file is there');
  t.equal(fs.readSync(fd, whole, length, 1, length + 4096), 0, 'and behind it');
  t.ok(backwards(fd, body).equals(body), 'backwards');
  fs.closeSync(fd);
  if (golden === null) return;
  t.ok(body.equals(golden), "the container's");
  for (const size of [1, 7, 4096, 65536]) {
    const other = fs.openSync(file, 'r');
    t.ok(inPieces(other, size).equals(golden), `pieces of ${size}`);
    fs.closeSync(other);
  }
}

t.test('slices', { skip: cannot }, async (t) => {
  const root = temporary(t, 'golden-slices');
  for (const directory of ['state', 'mount', 'captured']) fs.mkdirSync(join(root, directory));
  const captured = new Captured(HOST, join(root, 'captured'));
  const container = captured.containers.find(({ id }) => id === 'wide');
  t.ok(container, 'there is the container');
  if (!container) return;
  const mount = await serve(t, copyWithMe(root, container.init), root);
  for (const view of captured.views) {
    // Times, the load and the uptime depend on this machine's clock.
    const clocked = ['stat', 'schedstat', 'loadavg', 'uptime'].some(
      (file) => view.path === `proc/${file}`,
    );
    const golden = clocked ? null : captured.render(container, view);
    t.test(view.path, async (t) => checkFile(t, join(mount, view.path), golden));
  }
});
