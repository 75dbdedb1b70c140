/**
 * Attaches and detaches one container: reads its mounts, plans, and changes them in one native call.
 * What is attached is what its mounts show; nothing is written down.
 * @module
 */
import { readFileSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { posix } from 'node:path';
import { type ProcessReader, ticksOf } from '../containers/process.ts';
import { native } from '../native/addon.ts';
import { type Outcome, type Plan, planAttach, planDetach, planHeal, servedDevice } from './plan.ts';
import type { Later, Surroundings, Target } from './surroundings.ts';

/** Why nothing can be done for a container at all. Its message is for the user. */
export class Refused extends Error {}

/** What is to be attached from where. */
export interface Source {
  readonly proc: ProcessReader;
  /** Where the daemon serves. */
  readonly mount: string;
  /** `ownerOf` its state directory. */
  readonly owner: number;
  readonly targets: readonly Target[];
}

/** Whose mounts are changed. */
export interface Subject {
  /** One of its processes, and when that started (microseconds since boot). */
  readonly init: number;
  readonly started: number;
  /** The directory, in its mount namespace, that its runtime is going to make its root. */
  readonly root?: string;
  /** What the runtime is going to do there. */
  readonly later?: Later;
  /** True for the host itself, whose owner has asked for it; else its namespace is refused. */
  readonly host?: boolean;
}

/** The mount point as mountinfo names it; the file system mounted there is not asked anything. */
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
  // Of any length: a node has a mount for each container.
  const own = readFileSync(posix.join(proc.root, 'self/mountinfo'), 'latin1');
  return { container, own, mount: canonical(mount), owner, root, host };
}

const nameOf = (error: number): string =>
  Object.entries(constants.errno).find(([, number]) => number === error)?.[0] ?? String(error);

/** What errors of a change mean that are none of ours. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EBUSY: 'something was mounted or unmounted there meanwhile',
  EXDEV: 'something was mounted in its way meanwhile',
  EAGAIN: 'its root file system does not answer at once',
};

const PASSING: ReadonlySet<string> = new Set(Object.values(REASONS));

/** Whether it stays like this as long as the container's mounts do. */
export const isSettled = ({ state, reason }: Outcome): boolean =>
  state === 'present' || (state === 'skipped' && !PASSING.has(reason));

function outcome(path: string, done: 'attached' | 'detached', result: number): Outcome {
  if (result === 0) return { path, state: done, reason: '' };
  const name = nameOf(-result);
  const reason = REASONS[name];
  return { path, state: reason ? 'skipped' : 'failed', reason: reason ?? name };
}

/**
 * What was removed to be attached anew is not told, nor what is out of reach below something that was
 * removed: a runtime's recursive bind over a directory has copied what was attached there.
 */
function toldOnce(removed: readonly Outcome[], covered: readonly Outcome[]): Outcome[] {
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
    return [...toldOnce(removed, covered), ...covered, ...settled];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') {
      throw new Refused('it has ended', { cause: error });
    }
    throw new Refused((error as Error).message, { cause: error });
  }
}

/** The container as it is, and us. Throws Refused if we serve nothing. */
function whileServed(source: Source, subject: Subject): Surroundings {
  const around = surroundings(source, subject);
  if (servedDevice(around.own, around.mount) !== undefined) return around;
  throw new Refused(`nothing is served at ${source.mount}`);
}

/** Gives a container what it should have and has not yet. Throws Refused. */
export function attach(source: Source, subject: Subject): Outcome[] {
  const around = whileServed(source, subject);
  return apply(source, subject, planAttach(around, source.targets, subject.later));
}

/** Gives a container again what it had from a daemon that is gone. Throws Refused. */
export function heal(source: Source, subject: Subject): Outcome[] {
  return apply(source, subject, planHeal(whileServed(source, subject), source.targets));
}

/** Takes away what attach has made. Throws Refused. */
export function detach(source: Source, subject: Subject): Outcome[] {
  return apply(source, subject, planDetach(surroundings(source, subject)));
}
