/**
 * Containers start and end while others read. PROCVIEW_CONTAINERS: their number (40).
 */
import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { output, until } from './helpers/command.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { mountsAt, startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

const { PROCVIEW_CONTAINERS = '40' } = process.env;
const COUNT = Number(PROCVIEW_CONTAINERS);
const READ = Math.ceil(COUNT / 10);

await prepare();
t.setTimeout(30 * 60_000);
const daemon = await startDaemon(t, '--attach');
const daemonDirectory = `/proc/${daemon.pid}`;

const limits = { memory: 64 * MiB };
const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

interface Mount {
  readonly id: string;
  readonly parent: string;
  readonly place: string;
}

/** The attached mounts of a container. */
function attachedMounts({ pid }: Container): Mount[] {
  const lines = fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1').split('\n');
  const mounts = lines.filter((line) => / \/(proc|sys)\/.* - fuse\.procview /.test(line));
  return mounts.map((line) => {
    const [id = '', parent = '', , , place = ''] = line.split(' ');
    return { id, parent, place };
  });
}

/**
 * Paths with two attached mounts, side by side or stacked. A container that mounts /proc after it was found covers the
 * earlier mounts, which is correct.
 */
function duplicates(mounts: readonly Mount[]): string[] {
  const again = mounts.filter(({ id, parent, place }) =>
    mounts.some(
      (one) => one.id === parent || (one.id !== id && one.parent === parent && one.place === place),
    ),
  );
  return again.map(({ place }) => place);
}

const isAttached = (container: Container): boolean => attachedMounts(container).length > 0;

/** Number of the daemon's descriptors. */
const descriptors = (): number => fs.readdirSync(join(daemonDirectory, 'fd')).length;

/** RSS of the daemon, MiB. */
function rss(): number {
  const status = fs.readFileSync(join(daemonDirectory, 'status'), 'latin1');
  return kilobytes(status.replace(/\t/g, ' '), 'VmRSS') / 1024;
}

/** A serving thread evicts ended containers at a new caller's read, at most every 10 s. */
async function awaitEviction(): Promise<void> {
  await sleep(10.5);
  await output(['cat', daemon.file('uptime')]);
}

/** Starts a container, waits until it is attached, and ends it. Returns its duplicate mounts. */
async function startAndStop(): Promise<string[]> {
  const container = await startContainer(t, { limits });
  await until('it is attached', () => isAttached(container));
  const twice = duplicates(attachedMounts(container));
  await container.stop();
  return twice;
}

/** Reads meminfo in a container until `state.running` is false. */
async function keepReading(container: Container, state: { running: boolean; wrong: number }) {
  const inside = container.inside();
  let reads = 0;
  for (; state.running; reads++) {
    if (kilobytes(await inside.read('/proc/meminfo'), 'MemTotal') !== 64 * 1024) state.wrong++;
    await sleep(0.1);
  }
  return reads;
}

async function round(count: number): Promise<{ reads: number; wrong: number; twice: string[] }> {
  const readers: Container[] = [];
  for (let i = 0; i < READ; i++) readers.push(await startContainer(t, { limits }));
  await until('all are attached', () => readers.every(isAttached));
  const state = { running: true, wrong: 0 };
  const reading = readers.map((container) => keepReading(container, state));
  const twice: string[] = [];
  for (let i = 0; i < count; i++) {
    twice.push(...(await startAndStop()));
  }
  state.running = false;
  const reads = (await Promise.all(reading)).reduce((sum, each) => sum + each, 0);
  twice.push(...readers.flatMap((container) => duplicates(attachedMounts(container))));
  for (const container of readers) await container.stop();
  await awaitEviction();
  return { reads, wrong: state.wrong, twice };
}

t.test(
  `${READ} containers read their own figures while ${COUNT} others start and end`,
  async (t) => {
    await round(Math.ceil(COUNT / 2));
    const [open, memory] = [descriptors(), rss()];
    const { reads, wrong, twice } = await round(COUNT);
    t.comment(`${reads} reads; RSS ${memory.toFixed(0)} MiB before, ${rss().toFixed(0)} after`);
    t.ok(reads >= READ, 'the readers have read');
    t.equal(wrong, 0, 'every read returned their own figures');
    t.same(twice, [], 'no file is attached twice');
    t.ok(descriptors() - open < COUNT / 4, `no descriptor leaks: ${open}, ${descriptors()}`);
    t.ok(rss() - memory < 24, 'memory does not grow');
    t.equal(mountsAt('/proc/meminfo').length, 0, "the host's files are not covered");
  },
);
