/**
 * The bigger machine's part: the workload in a container of the small machine's size, with procview's
 * files, beside a neighbour that burns CPU, holds memory, writes to the disk and forks.
 *
 * PROCVIEW_COMPARISON_MEMORY: size of the container, in kB. Prints what the workload prints, within TAP, and how much
 * of this machine's time was lost meanwhile.
 * @module
 */
import fs from 'node:fs';
import t from 'tap';
import { startContainer } from '../../e2e/helpers/container.ts';
import { startDaemon } from '../../e2e/helpers/daemon.ts';
import { reader } from '../../e2e/helpers/programs.ts';
import { MiB, prepare } from '../../e2e/helpers/suite.ts';
import { lostTime, type Moment } from './lost-time.ts';
import { PROGRAMS, workload } from './size.ts';

const { PROCVIEW_COMPARISON_MEMORY: kilobytes } = process.env;

await prepare();
const { mount: bind } = await startDaemon(t);

const neighbour = await startContainer(t, { limits: { memory: 768 * MiB, cpuset: '0,3' }, bind });
await neighbour.hold(512);
neighbour.start([reader, 'spin', '1000']);
neighbour.start(['sh', '-c', `while :; do ${reader} uncached /procview/neighbour.data 4; done`]);

const here = (): Moment => {
  const [uptime, stat] = ['uptime', 'stat'].map((name) =>
    fs.readFileSync(`/proc/${name}`, 'latin1'),
  );
  return { at: Number.parseFloat(uptime ?? ''), stat: stat ?? '' };
};

const limits = { memory: Number(kilobytes) * 1024, cpuset: '1-2' };
for (const program of PROGRAMS) {
  const container = await startContainer(t, { limits, bind });
  const before = here();
  const text = await container.output(workload(program), { seconds: 240 });
  process.stdout.write(`\n${text}\n== lost ${program} ${lostTime(before, here())}\n`);
  // The others keep all CPUs busy. With more of them than the host has, ticks would be lost.
  await neighbour.stop();
}
t.pass('the workload has run');
