/**
 * A container that runs its own procview, on a host that runs one too. Each daemon sees mounts of the other only in the
 * container.
 */
import fs from 'node:fs';
import t, { type Test } from 'tap';
import { until } from './helpers/command.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { Daemon, procview, startDaemon, supervisedPid } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();

/** Memory limit in MiB, enough for a daemon inside. */
const LIMIT = 256;
const OWN_RUN = 'mount -t tmpfs run /run && mkdir /run/view';

/** Lines of a container's mountinfo for procview mounts that match. */
function served({ pid }: Container, which: RegExp): string[] {
  const lines = fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1').split('\n');
  return lines.filter((line) => / - fuse\.procview /.test(line) && which.test(line));
}

/** Starts a container and a daemon in its namespaces. */
async function startInner(t: Test) {
  const limits = { memory: LIMIT * MiB };
  const container = await startContainer(t, { limits, script: OWN_RUN });
  const { cgroup, pid } = container;
  const within = cgroup.joinCommand(['nsenter', '-t', `${pid}`, '-p', '-m', '-u', '-i', '--']);
  const inner = new Daemon('/run/view', '/run/state', { within, pid });
  await inner.start();
  const own = () => served(container, / \/run\/view /);
  const read = () => container.exec(['cat', inner.file('meminfo')]);
  const kill = async () => {
    process.kill(await supervisedPid(inner), 'SIGKILL');
    await until('the inner daemon has ended', () => inner.ended);
  };
  return { container, inner, own, read, kill };
}

const isAttached = async (container: Container): Promise<boolean> => {
  const { code, stdout } = await container.exec(['cat', '/proc/meminfo']);
  return code === 0 && kilobytes(stdout, 'MemTotal') === LIMIT * 1024;
};

t.test(
  "the inner daemon's mount stays while the host's daemon attaches, is killed and restarted",
  async (t) => {
    const host = await startDaemon(t);
    const { container, inner, own, read, kill } = await startInner(t);
    const attach = () =>
      procview('attach', `${container.pid}`, '--mount', host.mount, '--state', host.state);
    const before = own();
    t.equal(before.length, 1);

    t.equal((await attach()).code, 0);
    t.ok(await isAttached(container));
    t.strictSame(own(), before, 'attached');

    await host.stop('SIGKILL');
    await host.start();
    await until('the container is attached again', () => isAttached(container));
    t.strictSame(own(), before, 'attached again');

    await host.stop();
    t.notOk(await isAttached(container));
    await host.start('--attach');
    await until('it is attached', () => isAttached(container));
    t.strictSame(own(), before, 'attached by discovery');
    t.match((await read()).stdout, /^MemTotal/);

    await kill();
    await attach();
    t.match(
      (await read()).stderr,
      /not connected/,
      "the host's daemon does not cover the dead mount",
    );
    t.strictSame(own(), before);
    await inner.start();
    t.match((await read()).stdout, /^MemTotal/);
    t.equal(own().length, 1, 'there is one mount');
  },
);

t.test("the host's daemon skips files of the inner daemon, and prints the reason", async (t) => {
  const host = await startDaemon(t);
  const { container: outer, inner, kill } = await startInner(t);
  const within = ['nsenter', '-t', `${outer.pid}`, '-m', '--'];
  const nested = await startContainer(t, { within, bind: inner.mount });
  const bound = served(nested, / \/proc\/meminfo /);
  t.equal(bound.length, 1);
  const attach = async () => {
    const where = ['--mount', host.mount, '--state', host.state];
    const { stdout } = await procview('attach', `${nested.pid}`, ...where);
    t.match(stdout, /: skipped proc\/meminfo: mounted by another procview$/m);
    t.strictSame(served(nested, / \/proc\/meminfo /), bound);
  };
  await attach();
  await kill();
  await attach();
});
