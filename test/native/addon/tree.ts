/**
 * What the mounted tests serve.
 * @module
 */
import type { NodeSpec } from '../../../src/native/session.ts';

export interface ServingOptions {
  readonly id: number;
  readonly worker: number;
  /** All readers are in container 1. */
  readonly numbered: boolean;
}

/** Node ids by name. */
export const tree = {
  meminfo: 2,
  sys: 3,
  big: 4,
  throws: 5,
  constant: 6,
  refuses: 7,
  lies: 8,
  busy: 9,
  /** Its thread pauses after each body. The body shows how often the thread's event loop has run. */
  pauses: 10,
};

/** The host's file of `busy`, served while its thread hangs. */
export const busyHost = '/proc/version';

/** How long the second body of `busy` takes to compute, in milliseconds. */
export const BUSY = 10_000;

/** A directory whose entries depend on the caller, and its static child. */
export const dynamic = { cpu: 21, online: 22 };

export const bigSize = 2_500_000;

const file = 0o100444;
const directory = 0o040555;

export const nodes: readonly NodeSpec[] = [
  { id: 1, parent: 1, name: '', mode: directory },
  ...Object.entries(tree).map(([name, id]) => ({
    id,
    parent: 1,
    name,
    mode: name === 'sys' ? directory : file,
    ...(name === 'busy' ? { host: busyHost } : {}),
  })),
  { id: 20, parent: tree.sys, name: 'caf\u00e9', mode: file },
  { id: dynamic.cpu, parent: tree.sys, name: 'cpu', mode: directory, dynamic: true },
  { id: dynamic.online, parent: dynamic.cpu, name: 'online', mode: file },
];
