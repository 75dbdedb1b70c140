import t from 'tap';
import { slabinfo } from '../../src/views/slabinfo.ts';
import { render, sample } from './samples.ts';

const header = 'slabinfo - version: 2.1\n# name            <active_objs> <num_objs>\n';
const host = `${header}dentry 9 9 9\ninode 9 9 9\n`;

t.test("no caches of its own: the host's header", async (t) => {
  t.equal(render(slabinfo, sample({ files: { slabinfo: host } })), header);
});

t.test('its own caches, where the kernel tells them', async (t) => {
  const slab = `${header}dentry 1 2 3\n`;
  t.equal(render(slabinfo, sample({ files: { slabinfo: host }, slab })), slab);
});

t.test('root alone may read it, as the kernel has it', async (t) => {
  t.equal(slabinfo.mode, 0o400);
});
