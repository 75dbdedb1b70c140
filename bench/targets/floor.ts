/**
 * The floor: serves one constant file by procview's native session, without sampling and rendering, to measure the cost of
 * FUSE itself. Usage: `node floor.js MOUNT PATH BODY WORKERS`.
 * @module
 */
import { readFileSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { native } from '../../src/native/addon.ts';
import type { NodeSpec } from '../../src/native/session.ts';

interface Assignment {
  readonly session: number;
  readonly worker: number;
  readonly bodyFile: string;
}

function serve({ session, worker, bodyFile }: Assignment): void {
  const content = readFileSync(bodyFile);
  const body = new Uint8Array(Math.max(content.length, 1 << 16));
  body.set(content);
  native.Session.attach(session).serve({ worker, body, render: () => content.length });
}

/** Nodes of the directories of a path and of its file. */
function nodesOf(path: string): NodeSpec[] {
  const names = ['', ...path.split('/')];
  return names.map((name, i) => {
    const mode = i < names.length - 1 ? 0o40555 : 0o100444;
    return { id: i + 1, parent: Math.max(1, i), name, mode };
  });
}

function main(mountpoint: string, path: string, bodyFile: string, workers: number): void {
  const session = new native.Session({
    mountpoint,
    fsname: 'procview-floor',
    nodes: nodesOf(path),
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
  const [mountpoint = '', path = '', bodyFile = '', workers = '1'] = process.argv.slice(2);
  main(mountpoint, path, bodyFile, Number(workers));
} else {
  serve(workerData as Assignment);
}
