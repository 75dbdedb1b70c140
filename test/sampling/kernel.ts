/**
 * Cgroups and processes of the real kernel, for the tests of the samplers.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import type { Test } from 'tap';
import { remove } from '../helpers/real-host.ts';

/** Mount point of a cgroup v1 controller. */
export const controller = (name: string): string => `/sys/fs/cgroup/${name}`;

/** Whether this machine has that controller as v1 and lets us make cgroups. */
export const hasV1 = (name: string): boolean =>
  process.getuid?.() === 0 && fs.existsSync(`${controller(name)}/tasks`);

let made = 0;

/** Makes a cgroup that is removed after the test, also after a failure. Returns its path in the hierarchy. */
export const makeCgroup = (t: Test, name: string): string => {
  const path = `/pvtest-sample-${process.pid}-${made++}`;
  fs.mkdirSync(controller(name) + path);
  const remove = (): void => removeCgroup(name, path);
  process.once('exit', remove);
  t.teardown(remove);
  return path;
};

/** Moves the tasks of a cgroup to the root and removes it, if it exists. */
export const removeCgroup = (name: string, path: string): void => {
  const directory = controller(name) + path;
  if (!fs.existsSync(directory)) return;
  for (const tid of fs.readFileSync(`${directory}/tasks`, 'latin1').split('\n').filter(Boolean))
    enter(controller(name), Number(tid));
  // A killed process may not have left yet.
  if (!remove(directory)) throw new Error(`${directory} is not empty`);
};

/** Moves a thread, if it exists. */
export const enter = (directory: string, tid: number): void => {
  try {
    fs.writeFileSync(`${directory}/tasks`, String(tid));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** A process that sleeps until the test is over. */
export const start = (t: Test, ...command: string[]): ChildProcess & { pid: number } => {
  const [file = 'sleep', ...args] = command.length ? command : ['sleep', '60'];
  const child = spawn(file, args, { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  return child as ChildProcess & { pid: number };
};

/** Kills a process and waits until it is reaped. */
export const end = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
};
