/**
 * Serves one constant file by the npm package fuse-native, which many JavaScript programs use for FUSE. It is no dependency:
 * `npm install --no-save fuse-native`. Usage: `node fuse-native.js MOUNT PATH BODY`.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The used part of the package's interface. */
interface Fuse {
  mount(done: (error: Error | null) => void): void;
  unmount(done: (error: Error | null) => void): void;
}

/** Its first argument is 0 or a negative errno; for `read` the length. */
type Reply = (status: number, value?: unknown) => void;

const ENOENT = -2;

const require = createRequire(import.meta.url);

/** Not a dependency of procview. */
const PACKAGE = 'fuse-native';

function operations(path: string, body: Buffer): object {
  const stat = (mode: number, size: number) => {
    const [time, nlink] = [new Date(0), 1];
    return { mode, size, nlink, uid: 0, gid: 0, mtime: time, atime: time, ctime: time };
  };
  const file = `/${path}`;
  return {
    getattr: (name: string, reply: Reply) => {
      if (name === file) return reply(0, stat(0o100444, body.length));
      const isAbove = name === '/' || file.startsWith(`${name}/`);
      return isAbove ? reply(0, stat(0o40555, 0)) : reply(ENOENT);
    },
    open: (_name: string, _flags: number, reply: Reply) => reply(0, 1),
    release: (_name: string, _fd: number, reply: Reply) => reply(0),
    read: (...[, , into, length, at, reply]: [string, number, Buffer, number, number, Reply]) =>
      reply(body.copy(into, 0, at, at + length)),
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
