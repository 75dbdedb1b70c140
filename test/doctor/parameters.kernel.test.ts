import fs from 'node:fs';
import t from 'tap';
import { isolatedParameters } from '../../src/doctor/parameters.ts';
import { cannot } from '../helpers/real-host.ts';

const root = { skip: process.getuid?.() !== 0 && cannot };

t.test('since 4.15 each network namespace has its own TCP buffers', root, (t) => {
  const states = new Map(isolatedParameters().map(({ subject, state }) => [subject, state]));
  for (const own of ['ipv4.tcp_rmem', 'ipv4.tcp_wmem', 'core.somaxconn']) {
    t.equal(states.get(`net.${own}`), 'ok', own);
  }
  t.equal(states.get('net.ipv4.tcp_max_orphans'), 'note', 'tcp_max_orphans is for the whole host');
  t.equal(states.get('vm.max_map_count'), 'note', 'max_map_count is for the whole host');
  t.end();
});

t.test('the check leaves no network namespace behind', root, (t) => {
  const before = fs.readlinkSync('/proc/thread-self/ns/net');
  isolatedParameters();
  t.equal(fs.readlinkSync('/proc/thread-self/ns/net'), before, 'this thread is in its namespace');
  t.end();
});
