import t from 'tap';
import { vmstat } from '../../src/views/vmstat.ts';
import { type Given, numbers, render, sample } from './samples.ts';

const show = (given: Given, ...vmstatKeys: string[]): Record<string, number> =>
  numbers(render(vmstat, sample({ ...given, host: { ...given.host, vmstatKeys } })));

t.test('every key the host prints, in its order, and no other', async (t) => {
  const keys = ['pgfault', 'nr_free_pages', 'numa_hit', 'future_key'];
  t.strictSame(Object.keys(show({}, ...keys)), keys);
  t.equal(render(vmstat, sample({ host: { vmstatKeys: keys } })).endsWith('future_key 0\n'), true);
});

t.test('figures of meminfo in pages', async (t) => {
  const figures = {
    ...{ nr_free_pages: 'free', nr_zone_inactive_anon: 'inactiveAnon', nr_mapped: 'fileMapped' },
    ...{ nr_inactive_anon: 'inactiveAnon', nr_active_anon: 'activeAnon', nr_dirty: 'fileDirty' },
    ...{ nr_zone_active_file: 'activeFile', nr_inactive_file: 'inactiveFile', nr_shmem: 'shmem' },
    ...{ nr_unevictable: 'unevictable', nr_anon_pages: 'anon', nr_writeback: 'fileWriteback' },
    ...{ nr_slab_reclaimable: 'slabReclaimable', nr_slab_unreclaimable: 'slabUnreclaimable' },
    ...{ nr_page_table_pages: 'pageTables', nr_swapcached: 'swapCached' },
    ...{ nr_sec_page_table_pages: 'secPageTables', nr_file_pages: 'file' },
  };
  for (const [key, figure] of Object.entries(figures)) {
    t.strictSame(show({ memory: { [figure]: 4003 } }, key), { [key]: 1000 });
    const host = { pageSize: 65536 };
    t.strictSame(show({ host, memory: { [figure]: 6400 } }, key), { [key]: 100 }, 'pages of 64 kB');
  }
});

t.test('not in pages', async (t) => {
  t.strictSame(show({ memory: { kernelStack: 48 } }, 'nr_kernel_stack'), { nr_kernel_stack: 48 });
  const memory = { anonThp: 6144, shmemThp: 4096, fileThp: 2048 };
  const keys = ['nr_anon_transparent_hugepages', 'nr_shmem_hugepages', 'nr_file_hugepages'];
  t.strictSame(Object.values(show({ memory }, ...keys)), [3, 2, 1]);
});

t.test('disk and out of memory', async (t) => {
  const vm = { readBytes: 10 * 1024 + 1, writtenBytes: 7 * 1024, oomKills: 2 };
  t.strictSame(show({ vm }, 'pgpgin', 'pgpgout', 'oom_kill'), {
    ...{ pgpgin: 10, pgpgout: 7, oom_kill: 2 },
  });
  t.strictSame(show({ vm: { oomKills: Number.NaN } }, 'oom_kill'), { oom_kill: 0 });
});

t.test('a counter that a kernel let fall below 0 shows 0', async (t) => {
  const vm = { events: Float64Array.of(Infinity), oomKills: Infinity };
  t.strictSame(show({ vm }, 'pgfault', 'oom_kill'), { pgfault: 0, oom_kill: 0 });
});

t.test('events of memory.stat, 0 where it has none', async (t) => {
  const keys = ['pgfault', 'nr_free_pages', 'pgscan_kswapd', 'compact_stall'];
  const events = Float64Array.of(5e9, 1, 77, Number.NaN);
  t.strictSame(show({ vm: { events }, memory: { free: 40 } }, ...keys), {
    ...{ pgfault: 5e9, nr_free_pages: 10, pgscan_kswapd: 77, compact_stall: 0 },
  });
});
