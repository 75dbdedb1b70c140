import t from 'tap';
import {
  mayWriteContainer,
  mayWriteHost,
  rootOf,
  WRITE_POLICIES,
} from '../../src/switches/access.ts';

const EPERM = 1;

/** As the kernel prints them. */
const HOST = '         0          0 4294967295\n';
const UNPRIVILEGED = '         0     100000      65536\n';
const UNSHARED = '         0       1000          1\n';
const TWO_RANGES = '         5     200000          1\n         0     300000          5\n';

t.test("the uid of a namespace's root", async (t) => {
  t.equal(rootOf(HOST), 0);
  t.equal(rootOf(UNPRIVILEGED), 100000);
  t.equal(rootOf(UNSHARED), 1000);
  t.equal(rootOf(TWO_RANGES), 300000);
  for (const none of ['', '\n', '         1     100000      65536\n', 'garbage', '0', '0 x 1']) {
    t.equal(rootOf(none), -1, JSON.stringify(none));
  }
});

t.test("only root of the host may write the host's switch", async (t) => {
  t.equal(mayWriteHost(0, false), 0);
  t.equal(mayWriteHost(0, true), -EPERM, 'root in a container');
  t.equal(mayWriteHost(1000, false), -EPERM, 'a user of the host');
  t.equal(mayWriteHost(100000, true), -EPERM, 'root in a user namespace');
});

t.test("a container's switch, by policy", async (t) => {
  const writers = {
    root: { uid: 0, uidMap: HOST },
    'root of a user namespace': { uid: 100000, uidMap: UNPRIVILEGED },
    'a user': { uid: 1000, uidMap: HOST },
    'a user of a user namespace': { uid: 101000, uidMap: UNPRIVILEGED },
    'root of the host, in a user namespace': { uid: 0, uidMap: UNPRIVILEGED },
    'a container without a first process': { uid: 0, uidMap: null },
    'a namespace without a root': { uid: 65534, uidMap: '' },
  };
  const roots = ['root', 'root of a user namespace'];
  for (const policy of WRITE_POLICIES) {
    for (const [name, writer] of Object.entries(writers)) {
      const may = policy === 'any' || (policy === 'root' && roots.includes(name));
      t.equal(mayWriteContainer(policy, writer), may ? 0 : -EPERM, `${policy}: ${name}`);
    }
  }
});
