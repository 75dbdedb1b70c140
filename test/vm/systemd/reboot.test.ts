/** Runs on the machine of test/vm/systemd after service.test.ts and a reboot. */
import t from 'tap';
import { until } from '../../e2e/helpers/command.ts';
import { startContainer } from '../../e2e/helpers/container.ts';
import { mountsAt } from '../../e2e/helpers/daemon.ts';
import { MiB, prepare } from '../../e2e/helpers/suite.ts';
import * as machine from './machine.ts';

await prepare();

t.test('the service serves again after a reboot', async (t) => {
  await until(
    'the service is active',
    async () => (await machine.property('ActiveState')) === 'active',
    60,
  );
  t.equal(machine.mounts(), 1);
  const container = await startContainer(t, { limits: { memory: 128 * MiB } });
  await until(
    'the container is attached',
    () => mountsAt('/proc/meminfo', container.pid).length > 0,
  );
  t.match(await container.output(['head', '-1', '/proc/meminfo']), / 131072 kB/);
});
