/**
 * Runs on the bigger machine: the workload in a container of the small machine's size, with the files of procview, next
 * to a container that uses CPU, memory and the disk.
 *
 * PROCVIEW_COMPARISON_MEMORY: memory limit of the container, kB. Prints the workload's output within TAP, and the lost
 * part of the machine's time (lost-time.ts).
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
  // The other programs keep all their CPUs busy. With a neighbour the machine would need more CPUs than the host has.
  await neighbour.stop();
}
t.pass('the workload has run');
