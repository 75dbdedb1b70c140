import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import t, { type Test } from 'tap';
import { ControlServer, Refusal, type Route } from '../../src/api/control.ts';
import { shortDirectory } from '../helpers/short-directory.ts';
import { ask, sendRaw } from './client.ts';

const log = pino({ level: 'silent' });

const echo: Route = async (body) => ({ body });
const routes = new Map<string, Route>([
  ['POST /echo', echo],
  ['POST /refuse', () => Promise.reject(new Refusal('no such container'))],
  ['POST /fail', () => Promise.reject(new Error('a bug'))],
]);

function serve(t: Test, path = join(shortDirectory(t), 'control')): string {
  const server = new ControlServer(path, routes, log);
  t.teardown(() => server.close());
  return path;
}

t.test('a route answers with JSON; a refusal and a failure have a reason', async (t) => {
  const path = serve(t);
  t.same(await ask(path, '/echo', 'hello'), { status: 200, text: '{"body":"hello"}\n' });
  t.same(await ask(path, '/refuse'), { status: 400, text: 'no such container\n' });
  t.same(await ask(path, '/fail'), { status: 500, text: 'a bug\n' });
  t.same(await ask(path, '/other'), { status: 404, text: 'there is no POST /other\n' });
  t.same(await ask(path, '/echo', '', 'GET'), { status: 404, text: 'there is no GET /echo\n' });
});

t.test('only root may open the socket, and close removes it', async (t) => {
  const path = join(shortDirectory(t), 'control');
  const server = new ControlServer(path, routes, log);
  t.equal(fs.statSync(path).mode & 0o777, 0o600);
  server.close();
  t.equal(fs.existsSync(path), false);
});

t.test('the socket of a killed daemon is replaced, a file is not', async (t) => {
  const path = join(shortDirectory(t), 'control');
  const killed = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 9))`;
  spawnSync(process.execPath, ['-e', killed, path]);
  t.ok(fs.statSync(path).isSocket());
  serve(t, path);
  t.equal((await ask(path, '/echo')).status, 200);
  const file = `${path}.file`;
  fs.writeFileSync(file, 'precious');
  t.throws(() => new ControlServer(file, routes, log), {
    message: `${file} is not a socket: remove it`,
  });
  t.equal(fs.readFileSync(file, 'utf8'), 'precious');
});

t.test('a path that is too long for a socket is refused, not cut off', async (t) => {
  const path = join(shortDirectory(t), 'x'.repeat(100));
  t.throws(() => new ControlServer(path, routes, log), { message: /name a shorter --state$/ });
});

t.test('invalid HTTP is answered with status 400', async (t) => {
  const path = serve(t);
  for (const bytes of [
    '\0\0\0\0\n\n',
    'GET\r\n\r\n',
    `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
  ]) {
    t.match(
      await sendRaw(path, bytes, 'write'),
      /^HTTP\/1\.1 400 /,
      JSON.stringify(bytes.slice(0, 20)),
    );
  }
  t.equal((await ask(path, '/echo')).status, 200, 'the next client is served');
});

t.test('a body that is too long is refused', async (t) => {
  const path = serve(t);
  const whole = await ask(path, '/echo', 'x'.repeat(1 << 20));
  t.equal(whole.status, 200);
  const answer = await ask(path, '/echo', 'x'.repeat(2 << 20)).catch(
    (error: Error) => error.message,
  );
  t.match(answer, { status: 413, text: 'the request has more than 1048576 bytes\n' });
});

t.test('clients that hang are disconnected and block no other client', async (t) => {
  const path = serve(t);
  const hanging = Array.from({ length: 50 }, (_, i) =>
    sendRaw(
      path,
      i % 2
        ? 'POST /echo HTTP/1.1\r\n'
        : 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n',
      'write',
    ),
  );
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => ask(path, '/echo', `${i}`)),
  );
  t.same(
    answers.map(({ text }) => text),
    answers.map((_, i) => `{"body":"${i}"}\n`),
  );
  for (const text of await Promise.all(hanging)) t.match(text, /^HTTP\/1\.1 408 |^$/);
});
