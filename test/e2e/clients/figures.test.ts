import { availableParallelism } from 'node:os';
import t from 'tap';
import { type Outcome, run } from '../helpers/command.ts';
import { startContainer } from '../helpers/container.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { MiB, prepare } from '../helpers/suite.ts';
import { agrees, expectedFigures, type Figure, type Shown } from './figures.ts';
import { type Program, programs } from './programs.ts';

await prepare(180);
const { mount: bind } = await startDaemon(t);
/** The quota in CPUs: fewer than the cpuset has. */
const cpus = availableParallelism() > 2 ? 2 : 1;
const limits = { memory: 256 * MiB, quota: cpus, cpuset: `0-${cpus}` };
const container = await startContainer(t, { kind: 'crun', limits, bind });
const inside = container.inside();
await container.hold(64);

/** The reason why a program cannot run here; false if it can. */
async function missing({ argv, needs }: Program): Promise<string | false> {
  const probe = needs ?? ['sh', '-c', `command -v ${argv[0]}`];
  const found = await run(probe).catch(() => null);
  return found?.code !== 0 && `${probe.join(' ')} fails here`;
}

/** The text that a terminal would show, without control sequences. */
function screenOf({ stdout }: Outcome): string {
  // ESC, which begins every control sequence of a terminal.
  const esc = String.fromCharCode(27);
  return stdout.replace(new RegExp(`${esc}(\\[[0-9;?]*[a-zA-Z]|[()].|.)`, 'g'), '');
}

for (const program of programs) {
  const { name, argv, shows } = program;
  t.test(
    `${name} shows the container's own figures`,
    { skip: await missing(program) },
    async (t) => {
      const before = await expectedFigures(inside, limits);
      const outcome = await container.exec(['env', 'LC_ALL=C', 'TERM=xterm', ...argv]);
      const after = await expectedFigures(inside, limits);
      const { code, stderr } = outcome;
      t.strictSame({ code, stderr }, { code: 0, stderr: '' }, 'it succeeds and prints no error');
      for (const [figure, shown] of Object.entries(shows) as [Figure, Shown][]) {
        const value = shown.of(screenOf(outcome));
        const what = `${figure} ${value}: ${before[figure]} to ${after[figure]}`;
        t.ok(agrees(figure, { value, unit: shown.unit }, before, after), what);
      }
    },
  );
}
