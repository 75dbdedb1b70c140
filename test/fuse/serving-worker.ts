/**
 * A worker that serves the tree of `mounted.ts`. Bodies tell who asked and how often.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { native } from '../../src/native.ts';
import { bigSize, type ServingOptions, tree } from './tree.ts';

const { id, worker } = workerData as ServingOptions;
const body = new Uint8Array(4 << 20);
const counts = new Map<number, number>();

function text(node: number, pid: number): string {
  const count = (counts.get(node) ?? 0) + 1;
  counts.set(node, count);
  if (node === tree.throws && count % 2 === 1) throw new Error('as asked');
  if (node === tree.big) return 'b'.repeat(bigSize);
  if (node === tree.constant) return `${'c'.repeat(1499)}\n`;
  return `render ${count} for ${pid}\n`;
}

function render(node: number, pid: number): number {
  if (node === tree.refuses) return -13;
  if (node === tree.lies) return body.length + 1;
  return Buffer.from(body.buffer).write(text(node, pid), 'latin1');
}

const session = native.Session.attach(id);
parentPort?.postMessage(session.serve(worker, body, render));
