/**
 * A worker that serves the tree of `mounted.ts`. A body shows how often it was rendered, and for which caller.
 * @module
 */
import { constants } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { native } from '../../../src/native/addon.ts';
import type { ServeOptions } from '../../../src/native/session.ts';
import { modeOf, nodeId } from '../../../src/tree/node-id.ts';
import { BUSY, bigSize, dynamic, type ServingOptions, tree } from './tree.ts';

const { id, worker, numbered } = workerData as ServingOptions;
const callers = numbered ? new native.Callers('/proc', 16, 0) : undefined;
const ENOENT = 2;
const body = new Uint8Array(4 << 20);
const counts = new Map<number, number>();
let turns = 0;

const write = (bytes: string): number => Buffer.from(body.buffer).write(bytes, 'latin1');

/** Computes for as long as a hang of JavaScript is to last. */
function loop(): void {
  for (const end = Date.now() + BUSY; Date.now() < end; );
}

function text(node: number, pid: number): string {
  const count = (counts.get(node) ?? 0) + 1;
  counts.set(node, count);
  if (node === tree.throws && count % 2 === 1) throw new Error('as asked');
  if (node === tree.busy && count === 2) loop();
  if (node === tree.big) return 'b'.repeat(bigSize);
  if (node === tree.pauses) session.pause();
  if (node === tree.pauses) return `${turns} turns\n`;
  if (node === tree.constant) return `${'c'.repeat(1499)}\n`;
  return `render ${count} for ${pid}\n`;
}

/** Each caller finds one directory of its own; all have the same entries. */
const own = (pid: number): string => `for-${pid}`;

const entries = new Map(
  Object.entries({ 'all-may': 0o100444, 'root-may': 0o100400, link: 0o120777, deeper: 0o040755 }),
);

function lookup(parent: number, name: string, pid: number): number {
  if (parent === dynamic.cpu) return name === own(pid) ? nodeId(name, 0o040755) : -ENOENT;
  const mode = entries.get(name);
  return mode ? nodeId(`${parent}/${name}`, mode) : -ENOENT;
}

function listing(node: number, pid: number): string {
  const names = node === dynamic.cpu ? [own(pid)] : [...entries.keys()];
  const lines = names.map((name) => `${lookup(node, name, pid)} ${name}\0`);
  return `${node === dynamic.cpu ? `${dynamic.online} online\0` : ''}${lines.join('')}`;
}

function render(node: number, pid: number): number {
  const type = modeOf(node) & constants.S_IFMT || (node === dynamic.cpu && constants.S_IFDIR);
  if (type === constants.S_IFDIR) return write(listing(node, pid));
  if (type === constants.S_IFLNK) return write('all-may');
  callers?.open(pid);
  callers?.tag(pid, 1);
  if (node === tree.refuses) return -13;
  if (node === tree.lies) return body.length + 1;
  return write(text(node, pid));
}

const session = native.Session.attach(id);
const options: ServeOptions = { worker, body, render, lookup, ...(callers ? { callers } : {}) };

function serve(): void {
  const end = session.serve(options);
  turns++;
  if (end === 'paused') setImmediate(serve);
  else parentPort?.postMessage(end);
}

serve();
