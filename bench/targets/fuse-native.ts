/**
 * One constant file served by the package fuse-native, the way to FUSE that JavaScript programs usually take. The
 * package is only for this: `npm install --no-save fuse-native`. Usage: `node fuse-native.js MOUNT PATH BODY`.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** As far as it is used here. */
interface Fuse {
  mount(done: (error: Error | null) => void): void;
  unmount(done: (error: Error | null) => void): void;
}

/** Takes 0 or a negative errno first, that of `read` a length. */
type Answer = (status: number, value?: unknown) => void;

const ENOENT = -2;

const require = createRequire(import.meta.url);

/** Not among our dependencies. */
const PACKAGE = 'fuse-native';

function operations(path: string, body: Buffer): object {
  const stat = (mode: number, size: number) => {
    const [time, nlink] = [new Date(0), 1];
    return { mode, size, nlink, uid: 0, gid: 0, mtime: time, atime: time, ctime: time };
  };
  const file = `/${path}`;
  return {
    getattr: (name: string, answer: Answer) => {
      if (name === file) return answer(0, stat(0o100444, body.length));
      const isAbove = name === '/' || file.startsWith(`${name}/`);
      return isAbove ? answer(0, stat(0o40555, 0)) : answer(ENOENT);
    },
    open: (_name: string, _flags: number, answer: Answer) => answer(0, 1),
    release: (_name: string, _fd: number, answer: Answer) => answer(0),
    read: (...[, , into, length, at, answer]: [string, number, Buffer, number, number, Answer]) =>
      answer(body.copy(into, 0, at, at + length)),
  };
}

function main(mountpoint: string, path: string, bodyFile: string): void {
  const Fuse = require(PACKAGE) as new (at: string, ops: object, options: object) => Fuse;
  const fuse = new Fuse(mountpoint, operations(path, readFileSync(bodyFile)), { force: true });
  fuse.mount((error) => {
    if (error) throw error;
  });
  const stop = (): void => fuse.unmount(() => process.exit());
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

const [mountpoint = '', path = '', bodyFile = ''] = process.argv.slice(2);
main(mountpoint, path, bodyFile);
