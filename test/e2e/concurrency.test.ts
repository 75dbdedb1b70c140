import t from 'tap';
import type { Limits } from './helpers/cgroup-limits.ts';
import type { Container } from './helpers/container.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { reader } from './helpers/programs.ts';
import { MiB, prepare } from './helpers/suite.ts';

const { PROCVIEW_SOAK_SECONDS = '60' } = process.env;
const CONTAINERS = 20;
/** Readers per container: 200 in all. */
const READERS = { meminfo: 4, cpuinfo: 2, stat: 2, vmstat: 2 };

/** cpu.weight of a container: all together take from other processes of this machine as much as one would. */
const WEIGHT = 100 / CONTAINERS;

await prepare(120 + Number(PROCVIEW_SOAK_SECONDS));

/** For `reader check`: the line prefix in each file and its expected value, or `#` and the number of such lines. */
function expectations(mebibytes: number, cpus: number): Record<keyof typeof READERS, string[]> {
  return {
    meminfo: ['MemTotal:', `${mebibytes * 1024} kB`],
    cpuinfo: ['processor', `#${cpus}`],
    stat: ['cpu', `#${cpus + 1}`],
    vmstat: ['nr_free_pages ', '#1'],
  };
}

interface Checked {
  readonly container: Container;
  readonly checks: string[][];
}

t.test(
  `200 readers in ${CONTAINERS} containers read their own figures for ${PROCVIEW_SOAK_SECONDS} s`,
  async (t) => {
    const { mount: bind } = await startDaemon(t);
    const all: Checked[] = [];
    for (let i = 0; i < CONTAINERS; i++) {
      const size = 32 + 3 * i;
      const cpus = 1 + (i % 2);
      const limits: Limits = {
        memory: size * MiB,
        quota: cpus - 0.2,
        cpuset: '0-1',
        weight: WEIGHT,
      };
      const expected = expectations(size, cpus);
      const checks = Object.entries(READERS).map(([file, readers]) => [
        ...[`/proc/${file}`, ...expected[file as keyof typeof READERS]],
        ...[PROCVIEW_SOAK_SECONDS, String(readers)],
      ]);
      all.push({ container: await startContainer(t, { limits, bind }), checks });
    }
    const seconds = Number(PROCVIEW_SOAK_SECONDS) + 60;
    const outcomes = await Promise.all(
      all.flatMap(({ container, checks }) =>
        checks.map((check) => container.exec([reader, 'check', ...check], { seconds })),
      ),
    );
    const wrong = outcomes.filter(({ code }) => code !== 0);
    t.strictSame(wrong.slice(0, 3), [], "every read returned the reader's own container");
    const counts = outcomes.flatMap(({ stdout }) =>
      [...stdout.matchAll(/^reads (\d+)$/gm)].map(([, count]) => Number(count)),
    );
    t.equal(counts.length, 200, 'all readers ended and reported');
    t.ok(
      Math.min(...counts) >= 2,
      `no reader starved: the slowest read ${Math.min(...counts)} times`,
    );
    t.comment(`${counts.reduce((sum, each) => sum + each, 0)} reads`);
  },
);
