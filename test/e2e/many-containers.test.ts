/**
 * Containers that come and go while others are read. PROCVIEW_CONTAINERS: how many (40).
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

/** What a container has from us. */
function ours({ pid }: Container): Mount[] {
  const lines = fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1').split('\n');
  const attached = lines.filter((line) => / \/(proc|sys)\/.* - fuse\.procview /.test(line));
  return attached.map((line) => {
    const [id = '', parent = '', , , place = ''] = line.split(' ');
    return { id, parent, place };
  });
}

/**
 * Places with two mounts of ours, on the same mount or one on the other. A container that mounts its /proc only after it
 * was found covers what was attached to the one before, which is no mistake.
 */
function twiceIn(mounts: readonly Mount[]): string[] {
  const again = mounts.filter(({ id, parent, place }) =>
    mounts.some(
      (one) => one.id === parent || (one.id !== id && one.parent === parent && one.place === place),
    ),
  );
  return again.map(({ place }) => place);
}

const isAttached = (container: Container): boolean => ours(container).length > 0;

/** How many descriptors the daemon has. */
const descriptors = (): number => fs.readdirSync(join(daemonDirectory, 'fd')).length;

/** Resident memory in MiB. */
function resident(): number {
  const status = fs.readFileSync(join(daemonDirectory, 'status'), 'latin1');
  return kilobytes(status.replace(/\t/g, ' '), 'VmRSS') / 1024;
}

/** A serving thread lets go of what is gone when it hears of somebody new, every 10 s at most. */
async function letGo(): Promise<void> {
  await sleep(10.5);
  await output(['cat', daemon.file('uptime')]);
}

/** Starts one, waits until it is attached, and ends it. Returns what was mounted there twice. */
async function passBy(): Promise<string[]> {
  const container = await startContainer(t, { limits });
  await until('it is attached', () => isAttached(container));
  const twice = twiceIn(ours(container));
  await container.stop();
  return twice;
}

/** Reads one again and again, until `state.going` is false. */
async function keepReading(container: Container, state: { going: boolean; wrong: number }) {
  const inside = container.inside();
  let reads = 0;
  for (; state.going; reads++) {
    if (kilobytes(await inside.read('/proc/meminfo'), 'MemTotal') !== 64 * 1024) state.wrong++;
    await sleep(0.1);
  }
  return reads;
}

async function round(count: number): Promise<{ reads: number; wrong: number; twice: string[] }> {
  const readers: Container[] = [];
  for (let i = 0; i < READ; i++) readers.push(await startContainer(t, { limits }));
  await until('all are attached', () => readers.every(isAttached));
  const state = { going: true, wrong: 0 };
  const reading = readers.map((container) => keepReading(container, state));
  const twice: string[] = [];
  for (let i = 0; i < count; i++) {
    twice.push(...(await passBy()));
  }
  state.going = false;
  const reads = (await Promise.all(reading)).reduce((sum, each) => sum + each, 0);
  twice.push(...readers.flatMap((container) => twiceIn(ours(container))));
  for (const container of readers) await container.stop();
  await letGo();
  return { reads, wrong: state.wrong, twice };
}

t.test(`${COUNT} containers come and go while ${READ} are read`, async (t) => {
  await round(Math.ceil(COUNT / 2));
  const [open, memory] = [descriptors(), resident()];
  const { reads, wrong, twice } = await round(COUNT);
  t.comment(
    `${reads} reads; resident ${memory.toFixed(0)} MiB before, ${resident().toFixed(0)} after`,
  );
  t.ok(reads >= READ, 'they were read');
  t.equal(wrong, 0, 'always their own figures');
  t.same(twice, [], 'nothing is attached twice');
  t.ok(descriptors() - open < COUNT / 4, `no descriptor is left: ${open}, ${descriptors()}`);
  t.ok(resident() - memory < 24, 'nor memory');
  t.equal(mountsAt('/proc/meminfo').length, 0, "the host's files are not covered");
});
