/**
 * `npm run bench:scale`: what many containers cost the daemon, and what its readers notice of each other.
 * bench/README.md explains the lines.
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { targetsOf } from '../src/attach/targets.ts';
import { loadConfig } from '../src/config/load.ts';
import { Renderer } from '../src/renderer.ts';
import { servedViews } from '../src/served.ts';
import { Cleanup } from './cleanup.ts';
import { Crowd, type Latency, type Member } from './crowd.ts';
import { allowedCpus, describeMachine } from './machine.ts';
import { formatMachine, table } from './report.ts';
import { type Server, startServer } from './server.ts';
import { type Held, heldBy, type Share, shareOf, usageOf } from './usage.ts';

const root = join(import.meta.dirname, '..', '..');
const MIB = 1024 ** 2;

const options = new Command('npm run bench:scale --')
  .description('Many containers: memory, descriptors, idle CPU, and fairness among readers.')
  .option('--containers <n>', 'how many', Number, 500)
  .option('--processes <n>', 'in each', Number, 20)
  .option('--readers <n>', 'containers that read all files once a second', Number, 50)
  .option('--idle <s>', 'for which nothing happens', Number, 60)
  .option('--seconds <s>', 'of one measurement among readers', Number, 5)
  .option('--rounds <n>', 'of all measurements among readers', Number, 3)
  .option('--storm <n>', 'containers that come and go', Number, 1000)
  .option('--workers <n>', 'serving workers', Number, 1)
  .option('--json <file>', 'write all figures to this file')
  .parse()
  .opts<
    {
      readonly [name in 'containers' | 'processes' | 'readers' | 'idle' | 'seconds']: number;
    } & { readonly rounds: number; readonly storm: number; readonly workers: number; json?: string }
  >();

const say = (text: string): void => void process.stdout.write(text);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Who reads meanwhile, besides one process that reads meminfo every 10 ms in a container of its own. */
const NOISES = {
  quiet: { readers: false, hammer: false },
  readers: { readers: true, hammer: false },
  hammer: { readers: false, hammer: true },
  'readers and hammer': { readers: true, hammer: true },
} as const;
type Noise = keyof typeof NOISES;

interface Measured {
  readonly noise: Noise;
  readonly probe: Latency;
  readonly readers: Latency | null;
  readonly hammer: Latency | null;
  readonly daemon: Share;
}

const PROBE = 0;
const READERS = 1;
const HAMMER = 2;
const HAMMERS = 8;

class Bench {
  readonly figures: Record<string, unknown> = {};
  readonly server: Server;
  readonly crowd: Crowd;
  readonly members: Member[] = [];
  /** Mounts that an attached container has of ours. */
  readonly #covers: number;
  readonly #files: readonly string[];

  constructor(server: Server, crowd: Crowd, renderer: Renderer) {
    this.server = server;
    this.crowd = crowd;
    this.#covers = targetsOf(renderer).length;
    this.#files = servedViews(renderer).map(({ path }) => `/${path}`);
  }

  async held(what: string): Promise<Held> {
    const held = heldBy(this.server.pid);
    this.figures[what] = held;
    say(`${what.padEnd(44)} RSS ${held.rss.toFixed(1)} MB, ${held.descriptors} descriptors\n`);
    return held;
  }

  #isAttached({ init }: Member): boolean {
    const mounts = readFileSync(`/proc/${init}/mountinfo`, 'latin1');
    // A directory whose files are bound one by one may be left out.
    return mounts.split(' - fuse.procview ').length > this.#covers / 2;
  }

  /** Starts them all, and waits for all to be attached. */
  async fill(): Promise<void> {
    const before = performance.now();
    const shape = { processes: options.processes, threads: 1, busy: 0 };
    const cpu = usageOf(this.server.pid);
    while (this.members.length < options.containers) {
      this.members.push(await this.crowd.start(shape));
    }
    const started = performance.now();
    for (const member of this.members) while (!this.#isAttached(member)) await sleep(5);
    const attached = performance.now();
    // The daemon looks at each a few times more.
    await sleep(12_000);
    const ms = { starting: started - before, attachedAfter: attached - started };
    const used = (usageOf(this.server.pid).cpu - cpu.cpu) / 1e3 / options.containers;
    this.figures['start'] = { ...ms, cpuEach: used };
    say(
      `${'start of all containers'.padEnd(44)} ${(ms.starting / 1000).toFixed(1)} s, the last is attached ${ms.attachedAfter.toFixed(0)} ms later, ${used.toFixed(1)} ms CPU each\n`,
    );
  }

  async idle(what: string): Promise<void> {
    const before = usageOf(this.server.pid);
    await sleep(options.idle * 1000);
    const share = shareOf(before, usageOf(this.server.pid));
    this.figures[what] = share;
    say(
      `${what.padEnd(44)} ${share.cpu.toFixed(3)} % of a CPU, ${share.wakes.toFixed(1)} wake-ups a second\n`,
    );
  }

  /** Every container reads all files, once. */
  async readAll(): Promise<void> {
    const reading = { group: READERS, readers: 1, period: 0, seconds: 0, files: this.#files };
    for (const member of this.members) {
      await this.crowd.read({ ...reading, member });
      // One after the other: what is asked is how long a first read takes, not how long a queue is.
      await this.crowd.result(PROBE);
    }
    const latency = await this.crowd.result(READERS);
    this.figures['first reads'] = latency;
    say(`${'first reads of all files in each'.padEnd(44)} ${describe(latency)}\n`);
  }

  async measure(noise: Noise): Promise<Measured> {
    const { readers, hammer } = NOISES[noise];
    const { crowd, members } = this;
    const [probed, hammering, ...others] = members;
    if (!probed || !hammering) throw new Error('needs two containers');
    const { seconds } = options;
    const meminfo = ['/proc/meminfo'];
    if (hammer) {
      const job = { group: HAMMER, period: 0, seconds: seconds + 0.5, files: meminfo };
      await crowd.read({ ...job, member: hammering, readers: HAMMERS });
    }
    for (const member of readers ? others.slice(0, options.readers) : []) {
      const job = { group: READERS, readers: 1, period: 1000, seconds, files: this.#files };
      await crowd.read({ ...job, member });
    }
    const before = usageOf(this.server.pid);
    const job = { group: PROBE, readers: 1, period: 10, seconds, files: meminfo };
    await crowd.read({ ...job, member: probed });
    await sleep(seconds * 1000);
    const daemon = shareOf(before, usageOf(this.server.pid));
    const probe = await crowd.result(PROBE);
    const seen = await crowd.result(READERS);
    const hammered = await crowd.result(HAMMER);
    return {
      noise,
      probe,
      daemon,
      readers: readers ? seen : null,
      hammer: hammer ? hammered : null,
    };
  }

  async rounds(): Promise<void> {
    const all: Measured[] = [];
    for (let round = 0; round < options.rounds; round++) {
      for (const noise of Object.keys(NOISES) as Noise[]) all.push(await this.measure(noise));
    }
    this.figures['readers'] = all;
    say(`\n${formatRounds(all)}\n`);
  }

  /** Containers that come and go, a few at a time. */
  async storm(): Promise<void> {
    const shape = { processes: 2, threads: 1, busy: 0 };
    const before = usageOf(this.server.pid);
    for (let done = 0; done < options.storm; done += 20) {
      const few: Member[] = [];
      for (let i = 0; i < 20; i++) few.push(await this.crowd.start(shape));
      for (const member of few) await this.crowd.stop(member);
    }
    const after = usageOf(this.server.pid);
    const rate = (options.storm / (after.at - before.at)) * 1e6;
    this.figures['storm'] = { rate, ...shareOf(before, after) };
    say(
      `${`${options.storm} containers come and go`.padEnd(44)} ${rate.toFixed(0)} a second, ${shareOf(before, after).cpu.toFixed(0)} % of a CPU\n`,
    );
    await sleep(12_000);
  }

  async empty(): Promise<void> {
    for (const member of this.members.splice(0)) await this.crowd.stop(member);
    await sleep(12_000);
  }
}

function describe({ reads, errors, p50, p99, max }: Latency): string {
  const failed = errors > 0 ? `, ${errors} FAILED` : '';
  return `${reads} reads, p50 ${p50.toFixed(0)} us, p99 ${p99.toFixed(0)} us, max ${max.toFixed(0)} us${failed}`;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Medians over the rounds; the ratio is that of p99 to the quiet p99 of the same round. */
function formatRounds(all: readonly Measured[]): string {
  const quiet = all.filter(({ noise }) => noise === 'quiet');
  const rows = (Object.keys(NOISES) as Noise[]).map((noise) => {
    const own = all.filter((one) => one.noise === noise);
    const of = (value: (one: Measured) => number | undefined): string => {
      const result = median(own.map((one) => value(one) ?? Number.NaN));
      return Number.isNaN(result) ? '-' : result.toFixed(result < 10 ? 1 : 0);
    };
    const ratio = median(own.map((one, i) => one.probe.p99 / (quiet[i]?.probe.p99 ?? Number.NaN)));
    return [
      noise,
      of((one) => one.probe.p50),
      of((one) => one.probe.p99),
      ratio.toFixed(1),
      of((one) => one.probe.max),
      of((one) => one.readers?.p50),
      of((one) => one.readers?.p99),
      of((one) => (one.hammer?.reads ?? Number.NaN) / options.seconds),
      of((one) => one.hammer?.p99),
      of((one) => one.daemon.cpu),
      String(own.reduce((sum, one) => sum + one.probe.errors + (one.readers?.errors ?? 0), 0)),
    ];
  });
  const head = ['meanwhile', 'p50 us', 'p99 us', 'x quiet', 'max us', 'readers p50', 'p99'];
  return table([[...head, 'hammer/s', 'p99', 'daemon %', 'errors'], ...rows]);
}

async function main(cleanup: Cleanup): Promise<void> {
  const signal = AbortSignal.timeout(1800_000);
  const scratch = mkdtempSync(join(tmpdir(), 'procview-bench-'));
  cleanup.add(`rm ${scratch}`, () => rmSync(scratch, { recursive: true }));
  const [mount, state] = [join(scratch, 'mount'), join(scratch, 'state')];
  const serve = ['serve', '--mount', mount, '--state', state];
  const args = [join(root, 'dist/src/main.js'), ...serve, '--workers', String(options.workers)];
  const limits = { memory: 256 * MIB, cpus: allowedCpus() };
  const crowd = await Crowd.open(root, `procview-bench-${process.pid}`, limits, cleanup, signal);
  const name = 'procview';
  const server = await startServer(
    { name, command: process.execPath, args, mount },
    cleanup,
    signal,
  );
  const renderer = new Renderer(loadConfig(undefined, { mount, state }), 'private');
  const bench = new Bench(server, crowd, renderer);
  const { containers, processes } = options;
  const facts = [
    `run       ${containers} containers of ${processes} processes, ${options.workers} workers`,
  ];
  const machine = describeMachine(root);
  say(formatMachine(machine, facts));
  await sleep(5000);
  const none = await bench.held('no container');
  await bench.idle('idle, no container');
  await bench.fill();
  const full = await bench.held('all containers, attached');
  await bench.idle('idle, all containers');
  await bench.readAll();
  const read = await bench.held('all containers have read all files');
  const each = [full, read].map(({ rss }) => ((rss - none.rss) * 1000) / containers);
  say(
    `${'growth per container'.padEnd(44)} ${each.map((kb) => `${kb.toFixed(1)} kB`).join(', having read ')}\n`,
  );
  await bench.rounds();
  await bench.held('after the readers');
  await bench.storm();
  await bench.held('after the storm');
  await bench.empty();
  await bench.held('all containers gone');
  if (options.json) {
    writeFileSync(options.json, JSON.stringify({ machine, options, ...bench.figures }, null, 1));
  }
}

const cleanup = new Cleanup();
try {
  await main(cleanup);
} finally {
  for (const failure of await cleanup.run()) process.stderr.write(`not undone: ${failure}\n`);
}
