/**
 * Readers of stat and uptime over changes of the CPU count and kills of the daemon: the ledger's file is mapped again, by a reader without any state.
 */
import fc from 'fast-check';
import t from 'tap';
import { type CpuUsage, MIN_STEP } from '../../src/sampling/cpu-times.ts';
import { CpuTimesReader } from '../../src/sampling/cpu-times-reader.ts';
import { Ledger } from '../../src/sampling/ledger.ts';
import { stat } from '../../src/views/stat.ts';
import { uptime } from '../../src/views/uptime.ts';
import { render, sample } from '../views/samples.ts';

const CPUS = 4;
const START = 50_000_000;

interface Step {
  readonly wall: number;
  readonly used: number;
  readonly count: number;
  /** The next daemon may find another process to be the oldest one left. */
  readonly killed: boolean;
  readonly started: number;
}

const steps = fc.array(
  fc.record<Step>({
    wall: fc.oneof(fc.constantFrom(0, 1, MIN_STEP - 1, MIN_STEP), fc.nat(3_000_000)),
    used: fc.double({ min: 0, max: 5_000_000, noNaN: true }),
    count: fc.integer({ min: 1, max: CPUS }),
    killed: fc.boolean(),
    started: fc.constantFrom(START, START + 1_000_000, Number.NaN),
  }),
  { minLength: 2, maxLength: 20 },
);

/** Start values of counters: those of an old container may be high. */
const begins = fc.constantFrom(0, 2 ** 40, 2 ** 52);

/** Numbers by line and column. */
function numbers(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [i, line] of text.trim().split('\n').entries()) {
    const words = line.split(/ +/);
    const name = /^cpu/.test(line) ? words.shift() : `line ${i}`;
    for (const [column, word] of words.entries()) found.set(`${name} ${column}`, Number(word));
  }
  return found;
}

const isBehind = (now: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): boolean =>
  [...before].some(([name, value]) => (now.get(name) ?? value) < value);

let key = 0;

/** Plays one container; false if a number that a reader saw was lower than one before. */
function play(path: string, begin: number, all: readonly Step[]): boolean {
  key++;
  let [now, used] = [START + 2_000_000, begin];
  let entry = new Ledger(path, CPUS, 'boot', 'shared').entry(key, START, now);
  let reader = new CpuTimesReader(START);
  let seen = new Map<string, number>();
  for (const { wall, used: more, count, killed, started } of all) {
    if (killed) entry = new Ledger(path, CPUS, 'boot', 'shared').entry(key, started, now);
    if (killed) reader = new CpuTimesReader(started);
    now += wall;
    used += more;
    const usage: CpuUsage = { kind: 'total', user: used, nice: 0, system: used / 3 };
    const times = reader.read(entry, usage, { count, set: [0, 1, 2, 3], quota: Infinity }, now);
    const of = sample({ times });
    const shown = new Map([...numbers(render(stat, of)), ...numbers(render(uptime, of))]);
    if (isBehind(shown, seen)) return false;
    seen = new Map([...seen, ...shown]);
  }
  return true;
}

t.test('no reader ever sees a counter run backwards', async (t) => {
  const path = `${t.testdir({})}/ledger`;
  const ledger = new Ledger(path, CPUS, 'boot', 'exclusive');
  fc.assert(
    fc.property(begins, steps, (begin, all) => play(path, begin, all)),
    { numRuns: 100 },
  );
  t.equal(ledger.continued, false);
});
