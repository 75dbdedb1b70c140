/**
 * Entry point of a serving thread: it waits for its assignment, and serves until the session ends. All calls are
 * synchronous. The event loop runs only after files of containers were closed, because Node frees the addon's
 * objects there.
 * @module
 */
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { SERVING } from '../base/capabilities.ts';
import { compileAtFirstCall } from '../base/v8-flags.ts';
import { native } from '../native/addon.ts';
import type { NativeSession, ServeOptions } from '../native/session.ts';
import { type Assignment, type Gate, send } from './messages.ts';
import { Server } from './server.ts';

function optionsOf(server: Server, worker: number): ServeOptions {
  return {
    worker,
    body: server.out.bytes,
    render: (node, pid) => server.render(node, pid),
    lookup: (directory, name, pid) => server.lookup(directory, name, pid),
    write: (node, pid, uid, _gid, text) => server.write(node, pid, uid, text),
    callers: server.callers,
  };
}

function serve(session: NativeSession, options: ServeOptions): void {
  if (session.serve(options) === 'paused') setImmediate(serve, session, options);
}

function start(port: MessagePort, gate: Gate): void {
  Atomics.wait(gate, 0, 0);
  const { message: assignment } = receiveMessageOnPort(port) as { message: Assignment };
  native.narrowCapabilities(SERVING, false);
  const session = native.Session.attach(assignment.session);
  const server = new Server(assignment, () => session.pause());
  compileAtFirstCall();
  send({ kind: 'ready' });
  serve(session, optionsOf(server, assignment.worker));
}

if (parentPort) start(parentPort, workerData as Gate);
