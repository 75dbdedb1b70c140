/**
 * Random input for the control socket: the answer is one line, or the connection is closed. Nothing is attached, and the
 * next client is served.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import pino from 'pino';
import t, { type Test } from 'tap';
import { type AttachTarget, attachRoute } from '../../src/api/attach.ts';
import { ControlServer } from '../../src/api/control.ts';
import { shortDirectory } from '../helpers/short-directory.ts';
import { ask, sendRaw } from './client.ts';

interface Served {
  readonly path: string;
  /** The targets that would have been attached. */
  readonly targets: AttachTarget[];
  /** Log lines of requests that failed. */
  readonly failures: string[];
}

function serve(t: Test): Served {
  const path = join(shortDirectory(t), 'control');
  const targets: AttachTarget[] = [];
  const failures: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void failures.push(line) });
  const attach = attachRoute('/proc', async (target) => targets.push(target));
  const server = new ControlServer(path, new Map([['POST /attach', attach]]), log);
  t.teardown(() => server.close());
  return { path, targets, failures };
}

const HEADS = [
  ...[
    'POST /attach HTTP/1.1\r\nHost: x\r\n\r\n',
    'POST /attach HTTP/1.1\r\n',
    'GET / HTTP/1.0\r\n\r\n',
  ],
  ...['POST /attach HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\n'],
  ...['POST /attach HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n'],
  ...['GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: procview-takeover-1\r\n\r\n'],
  ...['\u0016\u0003\u0001', '{"pid":1}', ''],
];

t.test('bytes', async (t) => {
  const { path, targets, failures } = serve(t);
  const bytes = fc.tuple(
    fc.constantFrom(...HEADS).map((head) => Buffer.from(head, 'latin1')),
    fc.uint8Array({ maxLength: 200 }),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async ([head, rest]) => {
      const text = await sendRaw(path, Buffer.concat([head, rest]), 'end');
      return /^$|^HTTP\/1\.1 (400|404|408|413) /.test(text);
    }),
    { numRuns: 200 },
  );
  t.same(targets, [], 'nothing was attached');
  t.same(failures, [], 'and nothing failed');
  t.equal((await ask(path, '/attach', '{"pid":1}')).status, 200, 'the next one is served');
});

const near = fc.record(
  {
    pid: fc.oneof(fc.integer(), fc.constantFrom(1, 0, 1.5, 2 ** 53, '1', null)),
    bundle: fc.oneof(
      fc.string(),
      fc.constantFrom('/', '/proc/self', '/dev', '/etc\0x', '../', null),
    ),
    root: fc.string(),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  near.map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.nat(5000).map((depth) => '['.repeat(depth)),
);

t.test('states of containers', async (t) => {
  const { path, targets, failures } = serve(t);
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const before = targets.length;
      const answer = await ask(path, '/attach', text);
      const attached = targets.slice(before);
      if (answer.status === 200)
        return attached.every(({ pid }) => Number.isInteger(pid) && pid > 0);
      return answer.status === 400 && attached.length === 0 && /^[^\n]+\n$/.test(answer.text);
    }),
    { numRuns: 500 },
  );
  t.same(failures, []);
});
