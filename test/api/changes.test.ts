import { createServer } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import t, { type Test } from 'tap';
import {
  type ChangeRequest,
  type ChangeResult,
  changeRoute,
  requestChanges,
} from '../../src/api/changes.ts';
import { ControlClient } from '../../src/api/client.ts';
import { ControlServer } from '../../src/api/control.ts';
import { UserError } from '../../src/base/user-error.ts';
import { type Config, configSchema } from '../../src/config/schema.ts';
import { shortDirectory } from '../helpers/short-directory.ts';
import { ask } from './client.ts';

const log = pino({ level: 'silent' });

type Change = (request: ChangeRequest) => AsyncIterable<ChangeResult>;

/** No result, and then this error. */
const failing = (error: Error | null): AsyncIterable<ChangeResult> => ({
  [Symbol.asyncIterator]: () => ({
    next: () => (error ? Promise.reject(error) : Promise.resolve({ done: true, value: undefined })),
  }),
});

const results: ChangeResult[] = [
  { id: 'web', outcomes: [{ path: 'proc/meminfo', state: 'attached', reason: '' }] },
  { id: 'db', outcomes: [], refused: 'it has ended' },
];

function serve(t: Test, change: Change): Config {
  const config = configSchema.parse({ state: shortDirectory(t) });
  const routes = new Map([['POST /changes', changeRoute({ change })]]);
  const server = new ControlServer(join(config.state, 'control'), routes, log);
  t.teardown(() => server.close());
  return config;
}

/** The results that arrive, and whether there is a daemon. */
async function received(config: Config, request: ChangeRequest) {
  const got: ChangeResult[] = [];
  const client = new ControlClient(config, () => undefined);
  const answered = await requestChanges(client, request, (result) => got.push(result));
  return { answered, got };
}

t.test('each result arrives when its container is done', async (t) => {
  const requests: ChangeRequest[] = [];
  let release = (): void => undefined;
  const config = serve(t, async function* (request) {
    requests.push(request);
    yield results[0] as ChangeResult;
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    yield results[1] as ChangeResult;
  });
  const got: ChangeResult[] = [];
  const client = new ControlClient(config, () => undefined);
  const answered = await requestChanges(client, { action: 'attach' }, (result) => {
    got.push(result);
    release();
  });
  t.strictSame([answered, got, requests], [true, results, [{ action: 'attach' }]]);
});

t.test('no containers, and no daemon', async (t) => {
  const config = serve(t, () => failing(null));
  const none = { answered: true, got: [] };
  t.strictSame(await received(config, { action: 'detach', container: 'web' }), none);
  const nobody = configSchema.parse({ state: t.testdir({}) });
  t.strictSame(await received(nobody, { action: 'detach' }), { answered: false, got: [] });
});

t.test('a refusal is an error for the user, also after the first result', async (t) => {
  const refusing = serve(t, () => failing(new UserError('no container web')));
  await t.rejects(received(refusing, { action: 'attach', container: 'web' }), {
    message: 'no container web',
  });
  const late = serve(t, async function* () {
    yield results[0] as ChangeResult;
    throw new UserError('busy');
  });
  await t.rejects(received(late, { action: 'attach' }), { message: 'busy' });
});

t.test('a daemon from before this route counts as none', async (t) => {
  const config = configSchema.parse({ state: shortDirectory(t) });
  const server = new ControlServer(join(config.state, 'control'), new Map(), log);
  t.teardown(() => server.close());
  t.strictSame(await received(config, { action: 'attach' }), { answered: false, got: [] });
});

t.test('a request that is none is refused', async (t) => {
  const { state } = serve(t, () => failing(new Error('nothing may be changed')));
  for (const body of ['', '{}', '{"action":"mount"}', '{"action":"attach","container":""}']) {
    t.match(await ask(join(state, 'control'), '/changes', body), { status: 400 }, body);
  }
});

t.test('a daemon that does not answer is reported after 2 s', async (t) => {
  const state = shortDirectory(t);
  const server = createServer((socket) => {
    setTimeout(() => socket.destroy(), 2_500);
  }).listen(join(state, 'control'));
  t.teardown(() => server.close());
  const notices: string[] = [];
  const client = new ControlClient(configSchema.parse({ state }), (text) => notices.push(text));
  await t.rejects(client.post('/changes'), { message: /ended the connection: / });
  t.strictSame(notices, [`waiting for the daemon at ${state}/control`]);
});
