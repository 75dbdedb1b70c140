/**
 * The daemon's cgroup is out of memory: the kernel kills it, and nobody notices.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import t from 'tap';
import { Cgroup } from '../e2e/helpers/cgroup.ts';
import { until } from '../e2e/helpers/command.ts';
import { type Daemon, keptBy, mountsAt, startDaemon } from '../e2e/helpers/daemon.ts';
import { reader } from '../e2e/helpers/programs.ts';
import { MiB, prepare } from '../e2e/helpers/suite.ts';
import { Crowd } from './readers.ts';

/** The limit that the daemon shares with who fills it, MiB. */
const LIMIT = 256;
/** What is left to the daemon: too little, but enough for its keeper. */
const LEFT = 10;
/** What the kernel kills before all others (proc(5), oom_score_adj). */
const FIRST = '1000';

/** Takes nearly all of the memory. */
function fill(cgroup: Cgroup): ChildProcess {
  const [file = '', ...rest] = cgroup.joined([reader, 'hold', String(LIMIT - LEFT)]);
  return spawn(file, rest, { stdio: ['pipe', 'ignore', 'inherit'] });
}

async function exhaust(daemon: Daemon, cgroup: Cgroup): Promise<void> {
  const from = daemon.log.length;
  const before = await keptBy(daemon);
  fs.writeFileSync(`/proc/${before}/oom_score_adj`, FIRST);
  const filler = fill(cgroup);
  try {
    await until('the daemon is killed', () => !fs.existsSync(`/proc/${before}`), 60);
  } finally {
    filler.kill('SIGKILL');
  }
  await until('the next one serves', () => daemon.log.indexOf('"msg":"serving"', from) >= 0, 60);
}

export async function memory({ count }: { readonly count: number }): Promise<void> {
  await prepare(120 + 60 * count);
  await t.test(`out of memory ${count} times`, async (t) => {
    const daemon = await startDaemon(t, '--keeper', '--workers', '2');
    t.teardown(() => t.passing() || t.comment(daemon.log));
    const mounted = mountsAt(daemon.mount);
    const cgroup = Cgroup.create({ memory: LIMIT * MiB, swap: 0 });
    t.teardown(() => cgroup.remove());
    // The next daemons are born there.
    cgroup.add(daemon.pid);
    process.kill(await keptBy(daemon), 'SIGKILL');
    const crowd = await Crowd.start(t, daemon.mount);
    for (let i = 0; i < count; i++) await exhaust(daemon, cgroup);
    const { faults, ...seen } = await crowd.end();
    t.comment(JSON.stringify({ exhausted: count, ...seen, faults: faults.length }));
    t.strictSame(faults, [], 'no reader noticed');
    t.strictSame(mountsAt(daemon.mount), mounted, 'the mount is the same');
    t.notMatch(daemon.log, /"level":[56]0/, 'nothing was lost');
  });
}
