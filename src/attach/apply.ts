/**
 * Attaches and detaches the files of one container: reads its mounts, plans the changes, and makes them in one native
 * call. The mounts themselves are the only record of what is attached.
 * @module
 */
import { readFileSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { posix } from 'node:path';
import { type ProcessReader, ticksOf } from '../containers/process.ts';
import { native } from '../native/addon.ts';
import {
  type Outcome,
  type Plan,
  planAttach,
  planDetach,
  planReattach,
  servedDevice,
} from './plan.ts';
import type { Later, Surroundings, Target } from './surroundings.ts';

/** Nothing can be done for a container at all. The message is for the user. */
export class Refused extends Error {}

/** The files to attach, and the mount that they come from. */
export interface Source {
  readonly proc: ProcessReader;
  /** Where the daemon serves. */
  readonly mount: string;
  /** `ownerOf` its state directory. */
  readonly owner: number;
  readonly targets: readonly Target[];
}

/** The container whose mounts are changed. */
export interface Subject {
  /** Pid of one of its processes, and the start time of that process (microseconds since boot). */
  readonly init: number;
  readonly started: number;
  /** The directory, in its mount namespace, that the runtime will make its root. */
  readonly root?: string;
  /** The paths that the runtime will mask or make read-only there. */
  readonly later?: Later;
  /** True for the host itself, if the configuration asks for it. Otherwise the host's mount namespace is refused. */
  readonly host?: boolean;
}

/** The mount point as mountinfo names it. The file system mounted there is not accessed: it may hang. */
function canonical(mount: string): string {
  const path = posix.resolve(mount);
  try {
    return posix.join(realpathSync(posix.dirname(path)), posix.basename(path));
  } catch {
    return path;
  }
}

function surroundings({ proc, mount, owner }: Source, subject: Subject): Surroundings {
  const { init, started, root = '', host = false } = subject;
  const space = proc.mountNamespace(init);
  if (space === null || Number.isNaN(started)) throw new Refused('it has ended');
  const ours = [proc.mountNamespace('self'), proc.mountNamespace(1)];
  if (!host && ours.includes(space)) {
    throw new Refused("it is in the host's mount namespace: its /proc is the host's");
  }
  const container = proc.mountinfo(init);
  if (container === null) throw new Refused('it has ended, or has too many mounts to read');
  // It has no maximum size: a node has mounts for each container.
  const own = readFileSync(posix.join(proc.root, 'self/mountinfo'), 'latin1');
  return { container, own, mount: canonical(mount), owner, root, host };
}

const nameOf = (error: number): string =>
  Object.entries(constants.errno).find(([, number]) => number === error)?.[0] ?? String(error);

/** Errors of a change that the state of the container explains. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EBUSY: 'something was mounted or unmounted there meanwhile',
  EXDEV: 'something was mounted on the way to it meanwhile',
  EAGAIN: 'its root file system does not answer at once',
};

const TEMPORARY: ReadonlySet<string> = new Set(Object.values(REASONS));

/** Whether the outcome holds as long as the container's mounts do not change. */
export const isSettled = ({ state, reason }: Outcome): boolean =>
  state === 'present' || (state === 'skipped' && !TEMPORARY.has(reason));

function outcome(path: string, done: 'attached' | 'detached', result: number): Outcome {
  if (result === 0) return { path, state: done, reason: '' };
  const name = nameOf(-result);
  const reason = REASONS[name];
  return { path, state: reason ? 'skipped' : 'failed', reason: reason ?? name };
}

/**
 * The removals to report: not those of paths that were attached again, nor failures below something that was removed.
 * (A runtime's recursive bind mount over a directory copies what was attached there.)
 */
function reportedRemovals(removed: readonly Outcome[], covered: readonly Outcome[]): Outcome[] {
  const attached = new Set(covered.map(({ path }) => path));
  const gone = new Set(removed.flatMap((each) => (each.state === 'detached' ? each.path : [])));
  return removed.filter(
    ({ path, state }) => !attached.has(path) && (state === 'detached' || !gone.has(path)),
  );
}

/** Carries out a plan. Throws Refused if the process has ended. */
function apply({ proc }: Source, { init, started, root = '' }: Subject, plan: Plan): Outcome[] {
  const { removals, covers, settled } = plan;
  if (removals.length + covers.length === 0) return [...settled];
  const place = { process: `${proc.root}/${init}`, started: ticksOf(started), root };
  try {
    const results = native.changeMounts(place, removals, covers);
    const removed = removals.map(({ target }, i) => outcome(target, 'detached', results[i] ?? 0));
    const covered = covers.map(({ target }, i) =>
      outcome(target, 'attached', results[removals.length + i] ?? 0),
    );
    return [...reportedRemovals(removed, covered), ...covered, ...settled];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') {
      throw new Refused('it has ended', { cause: error });
    }
    throw new Refused((error as Error).message, { cause: error });
  }
}

/** The mounts of the container and our own. Throws Refused if no daemon serves. */
function servedSurroundings(source: Source, subject: Subject): Surroundings {
  const around = surroundings(source, subject);
  if (servedDevice(around.own, around.mount) !== undefined) return around;
  throw new Refused(`nothing is served at ${source.mount}`);
}

/** Attaches the files that the container does not have yet. Throws Refused. */
export function attach(source: Source, subject: Subject): Outcome[] {
  const around = servedSurroundings(source, subject);
  return apply(source, subject, planAttach(around, source.targets, subject.later));
}

/** Replaces the mounts of a daemon that is gone with those of the present one. Throws Refused. */
export function reattach(source: Source, subject: Subject): Outcome[] {
  return apply(source, subject, planReattach(servedSurroundings(source, subject), source.targets));
}

/** Removes the mounts that attach made. Throws Refused. */
export function detach(source: Source, subject: Subject): Outcome[] {
  return apply(source, subject, planDetach(surroundings(source, subject)));
}
