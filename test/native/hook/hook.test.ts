/**
 * procview-hook against servers on a unix socket: a container's start waits for it, so it ends in time and
 * with 0 whatever it meets.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import t, { type Test } from 'tap';
import { ControlServer, Refusal, type Route } from '../../../src/api/control.ts';
import { shortDirectory } from '../../helpers/short-directory.ts';

const PROGRAM = join(import.meta.dirname, '../../../../native/build/Release/procview-hook');

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  readonly milliseconds: number;
}

interface Call {
  readonly args: readonly string[];
  readonly stdin?: string | null;
  readonly env?: Record<string, string>;
}

/** @param stdin null: never ends */
async function hook({ args, stdin = '{}', env = {} }: Call): Promise<Ended> {
  const start = performance.now();
  const child: ChildProcess = spawn(PROGRAM, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin?.on('error', () => undefined);
  if (stdin !== null) child.stdin?.end(stdin);
  let stderr = '';
  child.stderr?.on('data', (piece: Buffer) => {
    stderr += piece.toString();
  });
  const [code] = await once(child, 'close');
  child.stdin?.destroy();
  return { code, stderr, milliseconds: performance.now() - start };
}

const failure = (socket: string, why: string): string =>
  `procview-hook: ${socket}: ${why}; the container starts with the host's figures\n`;

function serve(t: Test, attach: Route): string {
  const socket = join(shortDirectory(t), 'control');
  const server = new ControlServer(
    socket,
    new Map([['POST /attach', attach]]),
    pino({ level: 'silent' }),
  );
  t.teardown(() => server.close());
  return socket;
}

t.test('it hands the state to the daemon, and says nothing when that went well', async (t) => {
  const bodies: string[] = [];
  const socket = serve(t, async (body) => bodies.push(body));
  const state = JSON.stringify({
    pid: 12,
    bundle: '/b',
    annotations: { long: 'x'.repeat(100_000) },
  });
  t.match(await hook({ args: ['--socket', socket], stdin: state }), { code: 0, stderr: '' });
  const env = { LXC_PID: '34', LXC_NAME: '"' };
  t.match(await hook({ args: ['--lxc', '--socket', socket], env }), { code: 0, stderr: '' });
  t.same(bodies, [state, '{"pid":34}']);
});

t.test('it prints in one line why the daemon refused', async (t) => {
  const socket = serve(t, () => Promise.reject(new Refusal('no such bundle')));
  const { code, stderr } = await hook({ args: ['--socket', socket] });
  t.equal(code, 0);
  t.equal(stderr, failure(socket, 'no such bundle'));
});

t.test('without a daemon it ends at once', async (t) => {
  const socket = join(shortDirectory(t), 'control');
  const { code, stderr, milliseconds } = await hook({ args: ['--socket', socket] });
  t.equal(code, 0);
  t.equal(stderr, failure(socket, 'cannot connect to the daemon: No such file or directory'));
  t.ok(milliseconds < 1000, `${milliseconds} ms`);
});

t.test('a daemon that hangs is waited for until the timeout', async (t) => {
  const socket = join(shortDirectory(t), 'control');
  const silent = net.createServer(() => undefined).listen(socket);
  t.teardown(() => silent.close());
  const args = ['--socket', socket, '--timeout', '200'];
  const { code, stderr, milliseconds } = await hook({ args });
  t.equal(code, 0);
  t.equal(stderr, failure(socket, 'no answer from the daemon: Connection timed out'));
  t.ok(milliseconds >= 200 && milliseconds < 1500, `${milliseconds} ms`);
});

t.test('so is a runtime that does not send the state', async (t) => {
  const socket = serve(t, async () => null);
  const { code, stderr } = await hook({
    args: ['--timeout', '200', '--socket', socket],
    stdin: null,
  });
  t.equal(code, 0);
  t.equal(stderr, failure(socket, "cannot read the container's state: Connection timed out"));
  t.match(await hook({ args: ['--lxc', '--socket', socket] }), {
    code: 0,
    stderr: failure(socket, 'the runtime passed no container'),
  });
});
