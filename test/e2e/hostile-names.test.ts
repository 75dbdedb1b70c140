import t from 'tap';
import { Cgroup, isV2 } from './helpers/cgroup.ts';
import { output } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { procview, startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);
const bind = daemon.mount;

/** Cgroup names that look like a runtime's scope, a path, the end of a line, or control sequences. */
const NAMES = [
  'a b\tc',
  'a\\x2db\\012',
  'käse ☃',
  'x'.repeat(255 - Cgroup.fresh().path.length - 8),
  'a\x1b[2J\x07\x7fb',
  ' (deleted)',
  '..cpu:memory:0::',
  'docker-zz.scope',
  '%s%n$(id)`id`',
];

/** Bytes above 127 are allowed: they are parts of UTF-8 characters. */
const isControl = (code: number): boolean => code < 32 || code === 127;

for (const name of NAMES) {
  t.test(
    `a container in a cgroup named ${JSON.stringify(name.slice(0, 20))} reads its own figures`,
    async (t) => {
      const cgroup = new Cgroup(`${Cgroup.fresh().path}${name}`);
      const container = await startContainer(t, { cgroup, limits: { memory: 100 * MiB }, bind });
      const total = async () =>
        kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal');
      t.equal(await total(), 100 * 1024);
      container.cgroup.set({ memory: 90 * MiB });
      t.equal(await total(), 90 * 1024, 'and a changed limit');
    },
  );
}

t.test('procview containers escapes control characters', async (t) => {
  const cgroup = new Cgroup(`${Cgroup.fresh().path}a\x1b[2J\x07\x7fb`);
  await startContainer(t, { cgroup });
  const { stdout, stderr, code } = await procview('containers');
  t.equal(code, 0, stderr);
  t.match(stdout, 'a\\033[2J\\007\\177b');
  t.notOk([...Buffer.from(stdout.replaceAll('\n', ''))].some(isControl));
});

/** Kills the processes below a cgroup and removes its descendants. */
const CLEAN = `cd "$0" && find . -mindepth 2 -name cgroup.procs -exec cat {} + | xargs -r kill -9
  for i in 1 2 3 4 5 6 7 8 9; do find . -mindepth 1 -depth -type d -exec rmdir {} + && exit; sleep 0.2; done`;

/** Moves all processes of a container to a child cgroup; in shell, because Node cannot pass such names. */
const MOVE = `cd "$0" && mkdir -p "$1" && for pid in $(cat cgroup.procs); do
  echo $pid >"$1/cgroup.procs" || exit 1; done`;

t.test(
  'a container moves to a cgroup with a name that is no UTF-8, and to one 64 levels below',
  async (t) => {
    const container = await startContainer(t, { limits: { memory: 100 * MiB }, bind });
    const directory = container.cgroup.directory('memory');
    t.teardown(() => output(['sh', '-c', CLEAN, directory]));
    const inside = container.inside();
    const total = async () => kilobytes(await inside.read('/proc/meminfo'), 'MemTotal');
    t.equal(await total(), 100 * 1024);
    const name = `"$(printf 'a\\377\\200b')"`;
    await output(['sh', '-c', `set -- ${name}; ${MOVE}`, directory]);
    t.equal(await total(), 100 * 1024, 'the limit of the parent applies');
    // v2: controllers must be enabled for the child; the parent has no processes any more.
    const enable = isV2 ? 'echo +memory >cgroup.subtree_control;' : '';
    const limit = isV2 ? 'memory.max' : 'memory.limit_in_bytes';
    const set = `cd "$0" && ${enable} echo ${50 * MiB} >${name}/${limit}`;
    await output(['sh', '-c', set, directory]);
    t.equal(await total(), 50 * 1024, "the child's own limit applies");
    const down = Array(63).fill('d').join('/');
    await output([
      'sh',
      '-c',
      `cd "$0"/${name}; set -- ${down}; set -- "$1"; ${MOVE.replace('cd "$0"', 'true')}`,
      directory,
    ]);
    t.equal(await total(), 50 * 1024, 'it applies 64 levels below');
  },
);
