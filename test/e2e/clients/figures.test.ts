import { availableParallelism } from 'node:os';
import t from 'tap';
import { type Outcome, run } from '../helpers/command.ts';
import { startContainer } from '../helpers/container.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { MiB, prepare } from '../helpers/suite.ts';
import { agrees, type Figure, type Shown, truth } from './figures.ts';
import { type Program, programs } from './programs.ts';

await prepare(180);
const { mount: bind } = await startDaemon(t);
/** Fewer than the cpuset has. */
const cpus = availableParallelism() > 2 ? 2 : 1;
const limits = { memory: 256 * MiB, quota: cpus, cpuset: `0-${cpus}` };
const container = await startContainer(t, { kind: 'crun', limits, bind });
const inside = container.inside();
await container.hold(64);

/** Why a program cannot run here; false if it can. */
async function missing({ argv, needs }: Program): Promise<string | false> {
  const probe = needs ?? ['sh', '-c', `command -v ${argv[0]}`];
  const found = await run(probe).catch(() => null);
  return found?.code !== 0 && `${probe.join(' ')} fails here`;
}

/** What a terminal would show, roughly. */
function screenOf({ stdout }: Outcome): string {
  // Control sequences of a terminal begin with it.
  const start = String.fromCharCode(27);
  return stdout.replace(new RegExp(`${start}(\\[[0-9;?]*[a-zA-Z]|[()].|.)`, 'g'), '');
}

for (const program of programs) {
  const { name, argv, shows } = program;
  t.test(`${name} shows the container`, { skip: await missing(program) }, async (t) => {
    const before = await truth(inside, limits);
    const outcome = await container.exec(['env', 'LC_ALL=C', 'TERM=xterm', ...argv]);
    const after = await truth(inside, limits);
    const { code, stderr } = outcome;
    t.strictSame({ code, stderr }, { code: 0, stderr: '' }, 'it has nothing to complain about');
    for (const [figure, shown] of Object.entries(shows) as [Figure, Shown][]) {
      const value = shown.of(screenOf(outcome));
      const what = `${figure} ${value}: ${before[figure]} to ${after[figure]}`;
      t.ok(agrees(figure, { value, unit: shown.unit }, before, after), what);
    }
  });
}
