import fs from 'node:fs';
import t, { type Test } from 'tap';
import { startContainer } from './helpers/container.ts';
import { procview, startDaemon } from './helpers/daemon.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);

const FILE = '/proc/sys/vm/max_map_count';
const onHost = (): number => Number(fs.readFileSync(FILE, 'latin1'));

/** The host's value, which is restored after the test. */
function hostValue(t: Test): number {
  const value = onHost();
  t.teardown(() => fs.writeFileSync(FILE, `${value}\n`));
  return value;
}

async function attached(t: Test) {
  const container = await startContainer(t, { limits: { memory: 64 * MiB } });
  const where = ['--mount', daemon.mount, '--state', daemon.state];
  const { code, stderr } = await procview('attach', String(container.pid), ...where);
  t.equal(code, 0, stderr);
  return container;
}

t.test('each container has its own vm.max_map_count, and the host has the largest', async (t) => {
  const before = hostValue(t);
  const [one, other] = [await attached(t), await attached(t)];
  const set = (value: number) => one.exec(['sysctl', '-w', `vm.max_map_count=${value}`]);
  const get = async (container: typeof one) =>
    Number(await container.output(['sysctl', '-n', 'vm.max_map_count']));

  t.equal(await get(one), before, "it reads the host's value before it sets its own");
  t.equal((await set(before + 1000)).code, 0);
  t.equal(await get(one), before + 1000, 'it reads its own value');
  t.equal(await get(other), before, "the other container reads the host's old value");
  t.equal(onHost(), before + 1000, 'the host has the larger value');

  t.equal((await set(1000)).code, 0);
  t.equal(await get(one), 1000, 'it can set a smaller value');
  t.equal(onHost(), before + 1000, "the host's value does not decrease");

  t.not((await set(2 ** 31 - 1)).code, 0, 'a value above the maximum is refused');
  t.equal(await get(one), 1000, 'the refused value is not shown');
  t.equal(onHost(), before + 1000);
});

t.test(
  'only root of a container can set its value, and the host cannot set it on the mount',
  async (t) => {
    const before = hostValue(t);
    const container = await attached(t);
    const write = `echo ${before + 1} >${FILE}`;
    const asNobody = ['setpriv', '--reuid=65534', '--clear-groups', 'sh', '-c', write];
    t.match((await container.exec(asNobody)).stderr, /not permitted|denied/i);
    t.throws(() => fs.writeFileSync(`${daemon.mount}${FILE}`, `${before + 1}\n`), {
      code: 'EPERM',
    });
    t.equal(onHost(), before, "the host's value has not changed");
  },
);
