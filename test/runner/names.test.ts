import t from 'tap';
import { findTest, nameOf } from './names.ts';

const FILES = [
  'dist/test/containers/process.kernel.test.js',
  'dist/test/containers/process.test.js',
  'dist/test/explain/memory.test.js',
  'dist/test/native/addon/files.test.js',
  'dist/test/views/meminfo.test.js',
  'dist/test/views/uptime.test.js',
  'dist/test/e2e/uptime.test.js',
  'test/native/fuse/tree-test.cc',
];

t.test('a test has the name of its source', async (t) => {
  for (const path of [
    'views/meminfo',
    'src/views/meminfo.ts',
    'test/views/meminfo.test.ts',
    './test/views/meminfo.test.ts',
    'dist/test/views/meminfo.test.js',
  ]) {
    t.equal(nameOf(path), 'views/meminfo', path);
    t.same(findTest(path, FILES), { files: ['dist/test/views/meminfo.test.js'], near: [] });
  }
  t.same(findTest('native/fuse/tree.cc', FILES).files, ['test/native/fuse/tree-test.cc']);
  t.same(findTest('native/fuse/tree', FILES).files, ['test/native/fuse/tree-test.cc']);
});

t.test('the kernel tests belong to the name', async (t) => {
  t.same(findTest('containers/process', FILES).files, FILES.slice(0, 2));
});

t.test('the last part is enough where it is unique', async (t) => {
  t.same(findTest('meminfo', FILES).files, ['dist/test/views/meminfo.test.js']);
  t.same(findTest('uptime', FILES), { files: [], near: ['views/uptime', 'e2e/uptime'] });
});

t.test('an unknown name lists names like it', async (t) => {
  t.same(findTest('views/memifno', FILES), { files: [], near: ['views/meminfo'] });
  t.same(findTest('view/meminfo', FILES).near, ['views/meminfo']);
  t.same(findTest('sampling/uptime', FILES).near, ['views/uptime', 'e2e/uptime']);
  t.same(findTest('xyzzy', FILES).near, []);
});
