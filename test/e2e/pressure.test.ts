import fs from 'node:fs';
import t from 'tap';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { reader } from './helpers/programs.ts';
import { kinds, prepare } from './helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

const SECONDS = 4;
const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** crun creates no cgroup in the v2 tree of a hybrid machine. */
const isHybrid = fs.existsSync('/sys/fs/cgroup/unified');
const skip = !fs.existsSync('/proc/pressure/cpu') && 'this kernel has no PSI';

/** Total of the `some` line, ms. */
const waited = (pressure: string): number =>
  Number(/^some .* total=(\d+)$/m.exec(pressure)?.[1]) / 1000;

const shape = (pressure: string): string => pressure.replace(/[\d.]+$|=[\d.]+/gm, '#');

for (const kind of kinds.filter((each) => !(isHybrid && each === 'crun'))) {
  t.test(
    `${kind}: three busy loops on one CPU raise the CPU pressure of their container only`,
    { skip },
    async (t) => {
      const limits = { cpuset: '0' };
      const busy = await startContainer(t, { kind, limits, bind });
      // Other processes of this machine must not delay it.
      const limitsOfIdle = { cpuset: '1', weight: 10000 };
      const idle = await startContainer(t, { kind, limits: limitsOfIdle, bind });
      const [inside, beside] = [busy.inside(), idle.inside()];
      const read = async () => [
        waited(await inside.read('/proc/pressure/cpu')),
        waited(await beside.read('/proc/pressure/cpu')),
      ];
      const [before = 0, idleBefore = 0] = await read();
      for (let i = 0; i < 3; i++) busy.start([reader, 'spin', '1000']);
      await sleep(SECONDS);
      const [after = 0, idleAfter = 0] = await read();
      t.ok(after - before > 500 * SECONDS, `they waited ${after - before} ms`);
      const [busyFor, idleFor] = [after - before, idleAfter - idleBefore];
      t.ok(idleFor < busyFor / 4, `it waited ${idleFor} ms`);
    },
  );
}

t.test('totals do not decrease when PSI of the cgroup is switched off', { skip }, async (t) => {
  const container = await startContainer(t, { limits: { cpuset: '0' }, bind });
  const off = `${container.cgroup.directory('unified')}/cgroup.pressure`;
  if (!fs.existsSync(off)) return t.comment('this kernel has no cgroup.pressure (since 6.1)');
  const inside = container.inside();
  for (let i = 0; i < 3; i++) container.start([reader, 'spin', '1000']);
  await sleep(1);
  const before = waited(await inside.read('/proc/pressure/cpu'));
  t.ok(before > 0, `they waited ${before} ms`);
  fs.writeFileSync(off, '0');
  const after = await inside.read('/proc/pressure/cpu');
  t.ok(waited(after) >= before, `and have waited ${waited(after)} ms`);
  t.match(after, /^some avg10=0\.00 avg60=0\.00 avg300=0\.00 /, 'no averages');
});

t.test("a container without PSI reads the host's lines with zeros", { skip }, async (t) => {
  const container = await startContainer(t, { kind: isHybrid ? 'crun' : 'unshare', bind });
  for (const resource of ['cpu', 'memory', 'io']) {
    const file = `/proc/pressure/${resource}`;
    const text = await container.inside().read(file);
    t.equal(shape(text), shape(fs.readFileSync(file, 'latin1')), resource);
    if (isHybrid) t.notMatch(text, /=(?!0$|0\.00 )/m, 'zeros');
  }
});

t.test('a PSI trigger is refused at once', { skip }, async (t) => {
  const container = await startContainer(t, { bind });
  const trigger = 'exec 3<>/proc/pressure/cpu && echo "some 150000 1000000" >&3';
  const { code } = await container.exec(['sh', '-c', trigger], { seconds: 10 });
  t.not(code, 0);
});
