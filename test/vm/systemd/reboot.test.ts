/** After a reboot of the machine of test/vm/systemd, on which service.test.ts has run before. */
import t from 'tap';
import { until } from '../../e2e/helpers/command.ts';
import { startContainer } from '../../e2e/helpers/container.ts';
import { mountsAt } from '../../e2e/helpers/daemon.ts';
import { MiB, prepare } from '../../e2e/helpers/suite.ts';
import * as machine from './machine.ts';

await prepare();

t.test('the service is up again after a reboot', async (t) => {
  await until('it is active', async () => (await machine.property('ActiveState')) === 'active', 60);
  t.equal(machine.mounts(), 1);
  const container = await startContainer(t, { limits: { memory: 128 * MiB } });
  await until('attached', () => mountsAt('/proc/meminfo', container.pid).length > 0);
  t.match(await container.output(['head', '-1', '/proc/meminfo']), / 131072 kB/);
});
