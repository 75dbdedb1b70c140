import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import t from 'tap';
import { ownerOf } from '../../src/attach/owner.ts';

t.test('the owner is the state directory itself, not its path', async (t) => {
  const place = t.testdir({ state: {}, other: {} });
  const owner = ownerOf(`${place}/state`);
  t.equal(ownerOf(`${place}/state`), owner, 'the next daemon has the same');
  t.ok(
    Number.isInteger(owner) && owner >= 2 ** 30 && owner < 2 ** 31,
    'larger than any read, and 31 bits',
  );
  t.not(ownerOf(`${place}/other`), owner);
  symlinkSync('state', `${place}/link`);
  t.equal(ownerOf(`${place}/link`), owner);
  renameSync(`${place}/state`, `${place}/moved`);
  t.equal(ownerOf(`${place}/state`), 0, '0 without a directory');
  mkdirSync(`${place}/state`);
  t.not(ownerOf(`${place}/state`), owner, 'another directory at the same path');
  t.equal(ownerOf(`${place}/moved`), owner);
});
