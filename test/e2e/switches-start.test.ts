import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startContainer } from './helpers/container.ts';
import { Daemon, startDaemon, temporary } from './helpers/daemon.ts';
import { processors } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';
import {
  asUser,
  CONTAINER,
  echo,
  HOST_TOTAL,
  setHostSwitch,
  setSwitch,
  total,
} from './helpers/switches.ts';

await prepare();
const OWN_TOTAL = 64 * 1024;
const limits = { memory: 64 * MiB, quota: 1 };

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  t.test(`a switch keeps its value after ${signal} and a new start`, async (t) => {
    const daemon = await startDaemon(t);
    const container = await startContainer(t, { limits, hostMounts: true });
    const other = await startContainer(t, { limits, hostMounts: true });
    await setSwitch(daemon, container, 0);
    await daemon.stop(signal);
    await daemon.unmount();
    await daemon.start();
    t.equal(
      await total(daemon, container.inside()),
      HOST_TOTAL,
      'the container is still opted out',
    );
    t.equal(await total(daemon, other.inside()), OWN_TOTAL);
  });
}

t.test(
  'the configuration sets the initial switch, the files and the permission to opt out',
  async (t) => {
    const file = join(temporary(t, 'config'), 'procview.json');
    const configure = (isolation: object) => fs.writeFileSync(file, JSON.stringify({ isolation }));
    const daemon = new Daemon(temporary(t, 'mount'), temporary(t, 'state'));
    t.teardown(() => daemon.stop());
    configure({ enabled: false, policy: 'any', files: ['meminfo'] });
    await daemon.start('--config', file);
    const container = await startContainer(t, { limits, hostMounts: true });
    const inside = container.inside();
    t.equal(await total(daemon, inside), HOST_TOTAL, 'off');
    await setHostSwitch(daemon, 1);
    t.equal(await total(daemon, inside), OWN_TOTAL, 'on');
    const cpuinfo = await inside.read(daemon.file('cpuinfo'));
    const host = fs.readFileSync('/proc/cpuinfo', 'latin1');
    t.strictSame(processors(cpuinfo), processors(host), 'only meminfo is isolated');
    const zero = echo('0', daemon.file(CONTAINER));
    t.equal((await asUser(1000, zero, container)).code, 0, 'policy any: a user can opt out');
    t.equal(await total(daemon, inside), HOST_TOTAL);
    await daemon.stop();
    configure({ enabled: false, policy: 'none', files: ['meminfo'] });
    await daemon.start('--config', file);
    t.match(daemon.log, /"isolated":true/, "the host's switch keeps its value");
    t.not(
      (await container.exec(echo('1', daemon.file(CONTAINER)))).code,
      0,
      'policy none: not even root can',
    );
  },
);
