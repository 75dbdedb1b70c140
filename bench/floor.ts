/**
 * The floor: one constant file served by procview's own native session. Nothing is sampled and nothing
 * rendered, so this is what FUSE itself costs. Usage: `node floor.js MOUNT FILE BODY WORKERS`.
 * @module
 */
import { readFileSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { native } from '../src/native.ts';

interface Assignment {
  readonly session: number;
  readonly worker: number;
  readonly bodyFile: string;
}

function serve({ session, worker, bodyFile }: Assignment): void {
  const content = readFileSync(bodyFile);
  const body = new Uint8Array(Math.max(content.length, 1 << 16));
  body.set(content);
  native.Session.attach(session).serve(worker, body, () => content.length);
}

function main(mountpoint: string, file: string, bodyFile: string, workers: number): void {
  const session = new native.Session({
    mountpoint,
    fsname: 'procview-floor',
    nodes: [
      { id: 1, parent: 1, name: '', mode: 0o40555 },
      { id: 2, parent: 1, name: 'proc', mode: 0o40555 },
      { id: 3, parent: 2, name: file, mode: 0o100444 },
    ],
  });
  for (let worker = 0; worker < workers; worker++) {
    const data: Assignment = { session: session.id, worker, bodyFile };
    new Worker(new URL(import.meta.url), { workerData: data });
  }
  const stop = (): void => {
    session.stop();
    session.unmount();
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

if (isMainThread) {
  const [mountpoint = '', file = '', bodyFile = '', workers = '1'] = process.argv.slice(2);
  main(mountpoint, file, bodyFile, Number(workers));
} else {
  serve(workerData as Assignment);
}
