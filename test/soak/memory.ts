/**
 * The daemon's cgroup runs out of memory and the OOM killer kills the daemon; no reader may see a fault.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import t from 'tap';
import { Cgroup } from '../e2e/helpers/cgroup.ts';
import { until } from '../e2e/helpers/command.ts';
import { type Daemon, mountsAt, startDaemon, supervisedPid } from '../e2e/helpers/daemon.ts';
import { reader } from '../e2e/helpers/programs.ts';
import { MiB, prepare } from '../e2e/helpers/suite.ts';
import { SoakReaders } from './readers.ts';

/** Memory limit of the daemon and of the process that fills the memory, MiB. */
const LIMIT = 256;
/** MiB that stay free: too little for the daemon, enough for its keeper. */
const FREE = 10;
/** The OOM killer selects a process with this value first (proc(5), oom_score_adj). */
const OOM_SCORE_ADJ = '1000';

/** Allocates nearly all of the memory. */
function fill(cgroup: Cgroup): ChildProcess {
  const [file = '', ...rest] = cgroup.joinCommand([reader, 'hold', String(LIMIT - FREE)]);
  return spawn(file, rest, { stdio: ['pipe', 'ignore', 'inherit'] });
}

async function exhaust(daemon: Daemon, cgroup: Cgroup): Promise<void> {
  const from = daemon.log.length;
  const before = await supervisedPid(daemon);
  fs.writeFileSync(`/proc/${before}/oom_score_adj`, OOM_SCORE_ADJ);
  const filler = fill(cgroup);
  try {
    await until('the daemon is killed', () => !fs.existsSync(`/proc/${before}`), 60);
  } finally {
    filler.kill('SIGKILL');
  }
  await until('the next daemon serves', () => daemon.log.indexOf('"msg":"serving"', from) >= 0, 60);
}

export async function memory({ count }: { readonly count: number }): Promise<void> {
  await prepare(120 + 60 * count);
  await t.test(
    `readers see no fault while the daemon is killed ${count} times for lack of memory`,
    async (t) => {
      const daemon = await startDaemon(t, '--keeper', '--workers', '2');
      t.teardown(() => t.passing() || t.comment(daemon.log));
      const mounted = mountsAt(daemon.mount);
      const cgroup = Cgroup.create({ memory: LIMIT * MiB, swap: 0 });
      t.teardown(() => cgroup.remove());
      // The keeper moves there, so that it starts the next daemons there.
      cgroup.add(daemon.pid);
      process.kill(await supervisedPid(daemon), 'SIGKILL');
      const readers = await SoakReaders.start(t, daemon.mount);
      for (let i = 0; i < count; i++) await exhaust(daemon, cgroup);
      const { faults, ...totals } = await readers.end();
      t.comment(JSON.stringify({ exhausted: count, ...totals, faults: faults.length }));
      t.strictSame(faults, [], 'no reader saw a fault');
      t.strictSame(mountsAt(daemon.mount), mounted, 'the mount is the same');
      t.notMatch(daemon.log, /"level":[56]0/, 'no error was logged');
    },
  );
}
