import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { output, run } from './helpers/command.ts';
import { Daemon, temporary } from './helpers/daemon.ts';
import { privateMounts } from './helpers/private-mounts.ts';
import { prepare } from './helpers/suite.ts';

await prepare();

// A private mount namespace: other readers of this machine's kernel.* parameters must not see the switch.
const host = await privateMounts(t, 'mount -t proc proc /proc');
const daemon = new Daemon(temporary(t, 'mount'), temporary(t, 'state'), host);
const config = join(temporary(t, 'config'), 'procview.json');
fs.writeFileSync(config, JSON.stringify({ isolation: { hostSysctl: true } }));
t.teardown(() => daemon.stop());

const onHost = (...argv: string[]): Promise<string> => output([...host.within, ...argv]);
const names = async (): Promise<string[]> => {
  const text = await onHost('sysctl', '-aN', '-r', '^kernel\\.');
  return text.split('\n').filter(Boolean).sort();
};
const mounts = (): string => fs.readFileSync(`/proc/${host.pid}/mountinfo`, 'latin1');

t.test("the host's sysctl lists the switches and all other parameters", async (t) => {
  const [before, namesBefore] = [mounts(), await names()];
  await daemon.start('--config', config);
  const added = (await names()).filter((name) => !namesBefore.includes(name));
  t.same(added, ['kernel.container_stats_isolated', 'kernel.stats_isolated']);
  t.same(
    (await names()).filter((name) => namesBefore.includes(name)),
    namesBefore,
  );
  for (const sysctl of [['sysctl'], ['busybox', 'sysctl']]) {
    for (const value of ['0', '1']) {
      await onHost(...sysctl, '-w', `kernel.stats_isolated=${value}`);
      const shown = await onHost('cat', `${daemon.mount}/proc/sys/kernel/stats_isolated`);
      t.equal(shown, `${value}\n`, `${sysctl.join(' ')}: ${value}`);
    }
  }
  t.equal(
    await onHost('sysctl', '-n', 'kernel.hostname'),
    await onHost('hostname'),
    'other parameters have the values of the kernel',
  );
  await daemon.stop();
  t.equal(mounts(), before, 'when the daemon stops, the mounts are as before');
});

t.test('the next daemon mounts the switch again after a killed one', async (t) => {
  await daemon.start('--config', config);
  await daemon.stop('SIGKILL');
  t.not(
    (await run([...host.within, 'cat', '/proc/sys/kernel/hostname'])).code,
    0,
    'a file of the killed daemon cannot be read',
  );
  await daemon.start('--config', config);
  t.equal(await onHost('sysctl', '-n', 'kernel.stats_isolated'), '1\n');
  t.match(daemon.log, /"continued":true/, 'the new daemon continues the state of the same boot');
});
