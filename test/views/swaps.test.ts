import t from 'tap';
import { swaps } from '../../src/views/swaps.ts';
import { render, sample } from './samples.ts';

const NEW = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';
const OLD = 'Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n';
const AREA = '/dev/vdb                                partition\t65532\t\t9788\t\t-2\n';

const own = (header: string, swapTotal: number, swapFree: number): string =>
  render(swaps, sample({ files: { swaps: header + AREA }, memory: { swapTotal, swapFree } }));

t.test('no swap: the header alone', async (t) => {
  t.equal(own(NEW, 0, 0), NEW);
});

t.test('one line, in the columns of this kernel', async (t) => {
  const name = 'none                                    virtual\t\t';
  t.equal(own(NEW, 24576, 14788), `${NEW}${name}24576\t\t9788\t\t0\n`);
  t.equal(own(OLD, 24576, 14788), `${OLD}${name}24576\t9788\t0\n`);
  t.equal(own(NEW, 10_000_000, 0), `${NEW}${name}10000000\t10000000\t0\n`, 'wide numbers');
});

t.test('a host without any swap, or without the file', async (t) => {
  t.equal(render(swaps, sample({ files: { swaps: NEW } })), NEW);
  t.equal(render(swaps, sample({ files: { swaps: '' } })), '');
});
