import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import t from 'tap';
import { ownerOf } from '../../src/attach/owner.ts';

t.test('a state directory is one owner, whatever it is called', async (t) => {
  const place = t.testdir({ state: {}, other: {} });
  const owner = ownerOf(`${place}/state`);
  t.equal(ownerOf(`${place}/state`), owner, 'that of the next daemon');
  t.ok(
    Number.isInteger(owner) && owner >= 2 ** 30 && owner < 2 ** 31,
    'more than any read, 31 bits',
  );
  t.not(ownerOf(`${place}/other`), owner);
  symlinkSync('state', `${place}/link`);
  t.equal(ownerOf(`${place}/link`), owner);
  renameSync(`${place}/state`, `${place}/moved`);
  t.equal(ownerOf(`${place}/state`), 0, 'nobody');
  mkdirSync(`${place}/state`);
  t.not(ownerOf(`${place}/state`), owner, 'another directory of that name');
  t.equal(ownerOf(`${place}/moved`), owner);
});
