import fs from 'node:fs';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { FEATURES } from '../../src/switches/features.ts';

const defaults = {
  mount: '/var/lib/procview',
  fsname: 'procview',
  state: '/run/procview',
  workers: 1,
  mode: 'auto',
  log: { level: 'info', format: 'pretty' },
  policies: { cpus: 'quota', headroom: 'limits', swap: true, uptime: 'container' },
  attach: true,
  isolation: { enabled: true, hostSysctl: false, policy: 'root', files: [...FEATURES] },
  roots: { proc: '/proc', sys: '/sys', host: '/' },
};

const file = (t: Test, content: unknown): string => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return `${t.testdir({ 'procview.json': text })}/procview.json`;
};

/** The message of the ConfigError that a file or flags cause. */
function mistake(path: string | undefined, flags: ConfigInput = {}): string {
  try {
    loadConfig(path, flags);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no mistake';
}

t.test('without a file and flags: the defaults', async (t) => {
  t.same(loadConfig(undefined, {}), defaults);
  t.same(loadConfig(file(t, {}), {}), defaults);
  t.same(loadConfig(file(t, { log: {}, policies: {}, roots: {} }), {}), defaults);
});

/** Each key: valid values, and invalid ones with the text that the message must contain. */
const KEYS: readonly [
  key: string,
  good: readonly unknown[],
  bad: readonly unknown[],
  expected: RegExp,
][] = [
  ['mount', ['/mnt/x'], ['mnt', '', 7, null, []], /absolute path|[Ee]xpected string/],
  ['fsname', ['lxcfs', 'a.b:c/d-e_9'], ['', 'a,b', 'a b', 'x'.repeat(65), 1], /letters|string/],
  ['state', ['/run/x'], ['run', false, {}], /absolute path|[Ee]xpected string/],
  [
    'workers',
    [1, 16],
    [0, 17, 1.5, '2', null, true],
    /(greater|less) than or equal to 1|integer|number/,
  ],
  [
    'log.level',
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    ['INFO', 1, null],
    /'trace'.*'fatal'/,
  ],
  ['log.format', ['pretty', 'json'], ['text', true], /'pretty' \| 'json'/],
  ['policies.cpus', ['quota', 'cpuset', 'shares'], ['all', 2], /'quota' \| 'cpuset' \| 'shares'/],
  ['policies.headroom', ['limits', 'host'], ['none', null], /'limits' \| 'host'/],
  ['policies.swap', [true, false], ['yes', 0, null], /[Ee]xpected boolean/],
  ['policies.uptime', ['container', 'host'], ['boot', 1], /'container' \| 'host'/],
  ['attach', [true, false], ['yes', 1, null], /[Ee]xpected boolean/],
  ['mode', ['auto', 'fuse', 'kernel'], ['none', 1], /'auto' \| 'fuse' \| 'kernel'/],
  ['isolation.enabled', [true, false], [1, '0', null], /[Ee]xpected boolean/],
  ['isolation.hostSysctl', [true, false], [1, 'yes'], /[Ee]xpected boolean/],
  ['isolation.policy', ['root', 'any', 'none'], ['user', true], /'root' \| 'any' \| 'none'/],
  ['roots.proc', ['/host/proc'], ['proc', 1], /absolute path|[Ee]xpected string/],
  ['roots.sys', ['/host/sys'], ['sys', null], /absolute path|[Ee]xpected string/],
  ['roots.host', ['/host'], ['host', 1], /absolute path|[Ee]xpected string/],
  ['roots.cgroup', ['/host/cgroup'], ['cgroup', {}], /absolute path|[Ee]xpected string/],
  ['roots.sysctl', ['/host/sysctl'], ['sysctl', []], /absolute path|[Ee]xpected string/],
];

/** `a.b` and 1 make { a: { b: 1 } }. */
const at = (key: string, value: unknown): Record<string, unknown> => {
  const [first = '', ...rest] = key.split('.');
  return { [first]: rest.length > 0 ? at(rest.join('.'), value) : value };
};

for (const [key, good, bad, expected] of KEYS) {
  t.test(key, async (t) => {
    for (const value of good) {
      const config = loadConfig(file(t, at(key, value)), {});
      t.match(config, at(key, value));
      t.same(loadConfig(undefined, at(key, value)), config, 'the same from the command line');
    }
    for (const value of bad) {
      const path = file(t, at(key, value));
      const message = mistake(path);
      t.ok(message.startsWith(`configuration ${path}: ${key}: `), message);
      t.match(message, expected);
      t.notMatch(message, /\n/, 'one line');
    }
  });
}

t.test('isolation.files', async (t) => {
  const files = ['meminfo', 'sys-cpu'];
  t.same(loadConfig(file(t, { isolation: { files } }), {}).isolation.files, files);
  t.same(loadConfig(file(t, { isolation: { files: [] } }), {}).isolation.files, []);
  const path = file(t, { isolation: { files: ['meminfo', 'memory'] } });
  t.match(mistake(path), /isolation\.files\.1: .*'meminfo' \| 'cpuinfo'/);
  t.match(
    mistake(file(t, { isolation: { files: 'all' } })),
    /isolation\.files: .*[Ee]xpected array/,
  );
});

t.test('the table above has every other key', async (t) => {
  const keys = (config: object, above = ''): string[] =>
    Object.entries(config).flatMap(([key, value]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? keys(value, `${above}${key}.`)
        : above + key,
    );
  const all = loadConfig(undefined, { roots: { cgroup: '/c', sysctl: '/s' } });
  t.same(keys(all).sort(), [...KEYS.map(([key]) => key), 'isolation.files'].sort());
});

t.test('the message names an unknown key, on every level', async (t) => {
  t.match(mistake(file(t, { mout: '/x' })), /: Unrecognized key\(s\) in object: 'mout'$/);
  t.match(
    mistake(file(t, { log: { levle: 'info' } })),
    /: log: Unrecognized key\(s\) in object: 'levle'$/,
  );
  t.match(
    mistake(file(t, { policies: { cpu: 1 } })),
    /policies: Unrecognized key\(s\) in object: 'cpu'/,
  );
});

t.test('all mistakes in one message', async (t) => {
  const message = mistake(file(t, { workers: 0, state: 'x', log: { level: 'x' } }));
  for (const key of ['workers', 'state', 'log.level']) t.match(message, `${key}: `);
});

t.test('a file that is not JSON, not an object, or missing', async (t) => {
  for (const text of ['{', '', '{"mount": "/x",}', '{} {}']) {
    const path = file(t, text);
    t.match(mistake(path), `configuration ${path}: `);
    t.match(mistake(path), /JSON/);
  }
  for (const value of [[], null, 1, 'text', true]) {
    const path = file(t, JSON.stringify(value));
    t.match(mistake(path), `configuration ${path}: Expected object`);
  }
  t.match(mistake('/nonexistent/procview.json'), /ENOENT.*\/nonexistent\/procview\.json/);
  t.match(mistake(t.testdir({})), /EISDIR/);
});

t.test('a mistake in a file of many lines is reported in one line', async (t) => {
  const message = mistake(file(t, '{\n  "workers": 1,\n\n  mount: "/x"\n}\n'));
  t.match(message, /JSON/);
  t.notMatch(message, /\n/);
});

t.test('flags win over the file, and keep the rest of a section', async (t) => {
  const path = file(t, {
    mount: '/from/file',
    workers: 4,
    log: { level: 'warn', format: 'json' },
    roots: { proc: '/p', cgroup: '/c' },
  });
  const flags = {
    mount: '/from/flag',
    workers: undefined,
    log: { level: 'debug', format: undefined },
    roots: { proc: undefined, sys: '/s', cgroup: undefined },
  } as ConfigInput;
  t.match(loadConfig(path, flags), {
    mount: '/from/flag',
    workers: 4,
    log: { level: 'debug', format: 'json' },
    roots: { proc: '/p', sys: '/s', cgroup: '/c' },
  });
});

t.test('the message for an invalid flag names the command line, not the file', async (t) => {
  t.match(mistake(file(t, { mount: '/x' }), { mount: 'x' }), /^command line: mount: /);
  t.match(mistake(undefined, { workers: 99 }), /^command line: workers: /);
});

t.test('a valid flag does not hide an invalid file', async (t) => {
  t.match(mistake(file(t, { mount: 'x' }), { mount: '/x' }), /^configuration .*: mount: /);
});

t.test('any file results in a configuration, or in a ConfigError of one line', async (t) => {
  const path = `${t.testdir({})}/any.json`;
  const names = fc.constantFrom(
    ...KEYS.flatMap(([key]) => key.split('.')),
    '__proto__',
    'constructor',
  );
  const near = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.constantFrom('/x', 'info', 1, true, null),
      fc.dictionary(names, tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  const text = fc.oneof(
    near.map((value) => JSON.stringify(value)),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, (content) => {
      fs.writeFileSync(path, content);
      return !/\n/.test(mistake(path));
    }),
    { numRuns: 1000 },
  );
  t.notOk('x' in Object.prototype, 'no prototype was touched');
});

/** Any keys of the table, each with one of its valid values. */
const someKeys = fc
  .record(Object.fromEntries(KEYS.map(([key, good]) => [key, fc.constantFrom(...good)])), {
    requiredKeys: [],
  })
  .map((given) => new Map(Object.entries(given)));

/** `{ 'a.b': 1, 'a.c': 2 }` as `{ a: { b: 1, c: 2 } }`. */
function nested(given: ReadonlyMap<string, unknown>): ConfigInput {
  const input: Record<string, Record<string, unknown>> = {};
  for (const [key, value] of given) {
    const [first = '', second] = key.split('.');
    if (second === undefined) Object.assign(input, { [first]: value });
    else input[first] = { ...input[first], [second]: value };
  }
  return input;
}

const valueAt = (config: unknown, key: string): unknown =>
  key.split('.').reduce((at, part) => (at as Record<string, unknown> | undefined)?.[part], config);

t.test('each key has the value of its flag, else of the file, else the default', async (t) => {
  const path = `${t.testdir({})}/some.json`;
  fc.assert(
    fc.property(someKeys, someKeys, (inFile, flags) => {
      fs.writeFileSync(path, JSON.stringify(nested(inFile)));
      const config = loadConfig(path, nested(flags));
      return KEYS.every(([key]) => {
        const wanted = flags.get(key) ?? inFile.get(key) ?? valueAt(defaults, key);
        return valueAt(config, key) === wanted;
      });
    }),
    { numRuns: 500 },
  );
  t.pass();
});
