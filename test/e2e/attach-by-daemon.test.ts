import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import t, { type Test } from 'tap';
import { output } from './helpers/command.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { PROCVIEW, procview, startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);
const where = ['--mount', daemon.mount, '--state', daemon.state];
const socket = `${daemon.state}/control`;

const SOMAXCONN = '/proc/sys/net/core/somaxconn';

/** Runs a command in the network namespace of a container. */
const inNetwork = ({ pid }: Container, command: string) =>
  output(['nsenter', '-t', String(pid), '-n', 'sh', '-c', command]);

/** A container whose network namespace has the limit of kernels before 5.4. */
async function withOwnNetwork(t: Test): Promise<Container> {
  const unshare = ['--mount', '--mount-proc', '--propagation', 'private', '--net'];
  const container = await startContainer(t, {
    limits: { memory: 64 * MiB },
    extra: { unshare },
  });
  await inNetwork(container, `echo 128 >${SOMAXCONN}`);
  return container;
}

const total = async (container: Container) =>
  kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal');

const change = async (action: 'attach' | 'detach', { id, pid }: Container) => {
  const { code, stdout, stderr } = await procview(action, String(pid), ...where);
  return { code, stderr, stdout: stdout.replaceAll(id, 'ID') };
};

t.test('the daemon attaches, raises net.core.somaxconn and logs it', async (t) => {
  const container = await withOwnNetwork(t);
  const { code, stderr } = await change('attach', container);
  t.equal(code, 0, stderr);
  t.equal(await total(container), 64 * 1024);
  t.equal(await inNetwork(container, `cat ${SOMAXCONN}`), '4096\n');
  t.match(daemon.log, new RegExp(`"id":"${container.id}","files":\\d+,"msg":"attached"`));
  t.match(daemon.log, /"msg":"net.core.somaxconn raised"/);
});

t.test('without a daemon the command does and prints the same', async (t) => {
  const [one, other] = [await withOwnNetwork(t), await withOwnNetwork(t)];
  const before = fs.readFileSync(`/proc/${other.pid}/mountinfo`, 'latin1');
  const answers = [await change('attach', one), await change('detach', one)];
  fs.renameSync(socket, `${socket}.away`);
  t.teardown(() => fs.renameSync(`${socket}.away`, socket));
  const attached = await change('attach', other);
  t.equal(await total(other), 64 * 1024);
  t.equal(await inNetwork(other, `cat ${SOMAXCONN}`), '4096\n');
  t.strictSame([attached, await change('detach', other)], answers);
  t.equal(fs.readFileSync(`/proc/${other.pid}/mountinfo`, 'latin1'), before);
});

t.test('a name that matches no container is refused', async (t) => {
  const { code, stdout, stderr } = await procview('attach', 'no-such', ...where);
  t.strictSame([code, stdout], [1, '']);
  t.match(stderr, /^procview: no container or process no-such: [^\n]+\n$/);
});

t.test('a daemon that does not answer is reported after 2 s', async (t) => {
  const container = await startContainer(t, { limits: { memory: 64 * MiB } });
  process.kill(daemon.pid, 'SIGSTOP');
  t.teardown(() => process.kill(daemon.pid, 'SIGCONT'));
  const [file, ...program] = PROCVIEW;
  const child = spawn(file, [...program, 'detach', String(container.pid), ...where]);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
    process.kill(daemon.pid, 'SIGCONT');
  });
  const [code] = await once(child, 'close');
  t.equal(code, 0);
  t.match(stderr, /^procview: waiting for the daemon at [^\n]+control\n/);
});
