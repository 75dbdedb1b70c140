/**
 * One suite that every view passes, in every captured container.
 */
import fs from 'node:fs';
import t, { type Test } from 'tap';
import { views } from '../../src/views/registry.ts';
import type { View } from '../../src/views/view.ts';
import { Captured, hasFile, hostFile, hosts } from '../helpers/captured.ts';
import { formats, mayBeEmpty, text } from './formats.ts';
import { invariants } from './invariants.ts';
import { type Bodies, readers } from './readers.ts';

/** What one view must keep to, whatever it shows. */
function checkView(t: Test, view: View, body: Buffer, host: string): void {
  const format = formats[view.path];
  const shown = body.toString('latin1');
  const empty = shown === '' && mayBeEmpty.includes(view.path);
  if (!empty) t.strictSame(text(shown, host), [], `${view.path}: text`);
  t.ok(format, `${view.path}: has a format of its own in formats.ts`);
  t.strictSame(format?.(shown, host), [], `${view.path}: format`);
}

/** A body that does not fit is an error, never cut. */
function checkBuffer(t: Test, view: View, body: Buffer, again: (size: number) => Buffer): void {
  t.ok(again(body.length).equals(body), `${view.path}: the same again, in a buffer that just fits`);
  if (body.length === 0) return;
  t.throws(() => again(body.length - 1), RangeError, `${view.path}: a byte too little`);
}

for (const host of hosts) {
  t.test(host, async (t) => {
    const captured = new Captured(host, t.testdir({}));
    t.ok(captured.containers.length > 0, 'there are containers');
    for (const container of captured.containers) {
      t.test(container.id, async (t) => {
        const bodies = new Map<string, string>();
        for (const view of captured.views) {
          const again = (size: number): Buffer =>
            captured.render(container, view, new Uint8Array(size));
          const body = again(1 << 20);
          checkView(t, view, body, hostFile(host, view.path));
          checkBuffer(t, view, body, again);
          bodies.set(view.path, body.toString('latin1'));
        }
        for (const [name, check] of Object.entries({ ...readers, ...invariants })) {
          t.strictSame(check(bodies), [], name);
        }
      });
    }
  });
}

/** A body of the kernel's own. */
const kernelBodies = (exists: (path: string) => boolean, read: (path: string) => string): Bodies =>
  new Map(views.flatMap(({ path }) => (exists(path) ? [[path, read(path)]] : [])));

t.test("the kernels' own files pass the same checks", async (t) => {
  const kernels: [string, Bodies][] = hosts.map((host) => [
    host,
    kernelBodies(
      (path) => hasFile(host, path),
      (path) => hostFile(host, path),
    ),
  ]);
  const own = kernelBodies(
    (path) => fs.existsSync(`/${path}`),
    (path) => fs.readFileSync(`/${path}`, 'latin1'),
  );
  kernels.push(['this one', own]);
  for (const [name, bodies] of kernels) {
    for (const [path, body] of bodies) {
      t.strictSame(text(body, body), [], `${name}: ${path}: text`);
      t.strictSame(formats[path]?.(body, body), [], `${name}: ${path}: format`);
    }
    for (const [reader, check] of Object.entries(readers)) {
      t.strictSame(check(bodies), [], `${name}: ${reader}`);
    }
  }
});
