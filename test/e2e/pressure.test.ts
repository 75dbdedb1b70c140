import fs from 'node:fs';
import t from 'tap';
import { startContainer } from './container.ts';
import { startDaemon } from './daemon.ts';
import { reader } from './reader.ts';
import { kinds, prepare } from './suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

const SECONDS = 4;
const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** crun makes no cgroup in a hybrid machine's v2 tree. */
const isHybrid = fs.existsSync('/sys/fs/cgroup/unified');
const skip = !fs.existsSync('/proc/pressure/cpu') && 'this kernel tells no pressure';

/** Milliseconds in which some task waited. */
const waited = (pressure: string): number =>
  Number(/^some .* total=(\d+)$/m.exec(pressure)?.[1]) / 1000;

const shape = (pressure: string): string => pressure.replace(/[\d.]+$|=[\d.]+/gm, '#');

for (const kind of kinds.filter((each) => !(isHybrid && each === 'crun'))) {
  t.test(`${kind}: three busy loops on one CPU, and an idle neighbour`, { skip }, async (t) => {
    const limits = { cpuset: '0' };
    const busy = await startContainer(t, { kind, limits, bind });
    const idle = await startContainer(t, { kind, limits: { cpuset: '1' }, bind });
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
    t.ok(idleAfter - idleBefore < 100 * SECONDS, `it waited ${idleAfter - idleBefore} ms`);
  });
}

t.test("the host's lines, in zeros, for a container without figures", { skip }, async (t) => {
  const container = await startContainer(t, { kind: isHybrid ? 'crun' : 'unshare', bind });
  for (const resource of ['cpu', 'memory', 'io']) {
    const file = `/proc/pressure/${resource}`;
    const text = await container.inside().read(file);
    t.equal(shape(text), shape(fs.readFileSync(file, 'latin1')), resource);
    if (isHybrid) t.notMatch(text, /=(?!0$|0\.00 )/m, 'zeros');
  }
});

t.test('a trigger is refused at once', { skip }, async (t) => {
  const container = await startContainer(t, { bind });
  const trigger = 'exec 3<>/proc/pressure/cpu && echo "some 150000 1000000" >&3';
  const { code } = await container.exec(['sh', '-c', trigger], { seconds: 10 });
  t.not(code, 0);
});
