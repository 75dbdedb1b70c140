/**
 * CPU times of a container, accumulated from deltas: one record of plain numbers, and the one function
 * that advances it. Pure: the record may lie in a memory-mapped file. All times in microseconds.
 * @module
 */

/** Offsets in a record. Per-CPU parts follow the header. */
export const Times = {
  /** CLOCK_BOOTTIME of the last advance; 0 = never advanced. */
  at: 0,
  /** CPUs that ever had a line; those past the present count keep their history. */
  cpus: 1,
  /** Counters of the whole cgroup at the last advance (v2). */
  user: 2,
  nice: 3,
  system: 4,
  /** Time used that did not fit under wall time yet. */
  carryUser: 5,
  carryNice: 6,
  carrySystem: 7,
  header: 8,
} as const;

/** Offsets in one CPU's part: what it shows, then the host CPU's counters of the same number (v1). */
export const Cpu = {
  user: 0,
  nice: 1,
  system: 2,
  idle: 3,
  hostUsage: 4,
  hostUser: 5,
  hostSystem: 6,
  size: 7,
} as const;

/** Doubles in a record for a host of so many CPUs. */
export const timesLength = (cpus: number): number => Times.header + cpus * Cpu.size;

/** Counters of the cgroup since its creation; NaN if they could not be read. */
export type CpuUsage =
  | { readonly kind: 'total'; user: number; nice: number; system: number }
  /** Per host CPU: exact run time, and the tick-based split of it. */
  | { readonly kind: 'per-cpu'; usage: Float64Array; split: Float64Array };

/** More carry than this per CPU is given up: the container runs on more CPUs than it is shown. */
const MOST_CARRY = 1_000_000;

/** The finest step that a reader of USER_HZ ticks can see. */
export const STEP = 10_000;

/** User, nice and system time wanted by one visible CPU in this step. */
interface Demand {
  user: number;
  nice: number;
  system: number;
}

const total = (demand: Demand): number => demand.user + demand.nice + demand.system;

const delta = (now: number, before: number): number => (now > before ? now - before : 0);

/** NaN: a file that could not be read; Infinity: a counter that the kernel let run below 0. */
const known = (counter: number | undefined): counter is number =>
  counter !== undefined && Number.isFinite(counter);

const knownOr0 = (counter: number | undefined): number => (known(counter) ? counter : 0);

/** v2 knows no CPUs: the cgroup's time is spread evenly. What is not known is left to the next step. */
function demandOfTotal(
  record: Float64Array,
  usage: CpuUsage & { kind: 'total' },
  demand: Demand[],
) {
  const parts = ['user', 'nice', 'system'] as const;
  for (const part of parts) {
    if (!known(usage[part])) continue;
    const share = delta(usage[part], record[Times[part]] ?? 0) / demand.length;
    for (const each of demand) each[part] += share;
    record[Times[part]] = usage[part];
  }
}

/**
 * v1: each host CPU's time goes to the visible CPU that stands for it (position in the set, modulo the
 * count). Its exact run time is split by the tick-based user and system counters, as the kernel does
 * (kernel/sched/cputime.c, cputime_adjust).
 */
function demandPerCpu(
  record: Float64Array,
  usage: CpuUsage & { kind: 'per-cpu' },
  set: readonly number[],
  demand: Demand[],
): void {
  for (let cpu = 0, at = 0; cpu < usage.usage.length; cpu++) {
    while ((set[at] ?? Infinity) < cpu) at++;
    const base = Times.header + cpu * Cpu.size;
    const now = usage.usage[cpu];
    if (!known(now)) continue;
    const user = knownOr0(usage.split[2 * cpu]);
    const system = knownOr0(usage.split[2 * cpu + 1]);
    const used = delta(now, record[base + Cpu.hostUsage] ?? 0);
    const into = demand[(set[at] === cpu ? at : cpu) % demand.length];
    if (into && used > 0) {
      const share = systemShare(record, base, user, system);
      into.system += used * share;
      into.user += used * (1 - share);
    }
    record[base + Cpu.hostUsage] = now;
    record[base + Cpu.hostUser] = user;
    record[base + Cpu.hostSystem] = system;
  }
}

/** System's part of the ticks since the last step, or, if none fell into it, since the beginning. */
function systemShare(record: Float64Array, base: number, user: number, system: number): number {
  const u = delta(user, record[base + Cpu.hostUser] ?? 0);
  const s = delta(system, record[base + Cpu.hostSystem] ?? 0);
  if (u + s > 0) return s / (u + s);
  return user + system > 0 ? system / (user + system) : 0;
}

/** Moves what exceeds wall time from full CPUs to others that have room (Virtuozzo's rule). */
function level(demand: readonly Demand[], wall: number, carry: Demand): void {
  for (const each of demand) takeOver(each, carry, wall);
  for (const each of demand) fill(each, carry, wall);
}

/** Cuts a CPU's demand to wall time; the excess joins the pool in the same proportions. */
function takeOver(each: Demand, pool: Demand, wall: number): void {
  const wanted = total(each);
  if (wanted <= wall) return;
  const kept = wall / wanted;
  for (const part of ['user', 'nice', 'system'] as const) {
    pool[part] += each[part] * (1 - kept);
    each[part] *= kept;
  }
}

/** Gives a CPU as much of the pool as it has room for. */
function fill(each: Demand, pool: Demand, wall: number): void {
  const waiting = total(pool);
  const room = wall - total(each);
  if (waiting <= 0 || room <= 0) return;
  const given = Math.min(1, room / waiting);
  for (const part of ['user', 'nice', 'system'] as const) {
    each[part] += pool[part] * given;
    pool[part] *= 1 - given;
  }
}

function book(record: Float64Array, demand: readonly Demand[], wall: number): void {
  for (const [i, each] of demand.entries()) {
    const base = Times.header + i * Cpu.size;
    record[base + Cpu.user] = (record[base + Cpu.user] ?? 0) + each.user;
    record[base + Cpu.nice] = (record[base + Cpu.nice] ?? 0) + each.nice;
    record[base + Cpu.system] = (record[base + Cpu.system] ?? 0) + each.system;
    // Rounding may leave a hair more than wall time; idle must not run backwards for it.
    const idle = Math.max(0, wall - total(each));
    record[base + Cpu.idle] = (record[base + Cpu.idle] ?? 0) + idle;
  }
}

/**
 * Advances a record to `now`: each visible CPU gains exactly the wall time since the last advance, split
 * into used and idle. Steps below USER_HZ's resolution are left to the next call. A new record (all
 * zero) is started by `startTimes`.
 * @param set the host CPUs that the visible ones stand for, ascending
 * @param count visible CPUs
 */
export function advanceTimes(
  record: Float64Array,
  usage: CpuUsage,
  set: readonly number[],
  count: number,
  now: number,
): void {
  const wall = now - (record[Times.at] ?? 0);
  if (!(wall >= STEP)) return;
  const demand = Array.from({ length: count }, () => ({ user: 0, nice: 0, system: 0 }));
  if (usage.kind === 'total') demandOfTotal(record, usage, demand);
  else demandPerCpu(record, usage, set, demand);
  const carry = {
    user: record[Times.carryUser] ?? 0,
    nice: record[Times.carryNice] ?? 0,
    system: record[Times.carrySystem] ?? 0,
  };
  level(demand, wall, carry);
  const kept = Math.min(1, (MOST_CARRY * count) / (total(carry) || 1));
  record[Times.carryUser] = carry.user * kept;
  record[Times.carryNice] = carry.nice * kept;
  record[Times.carrySystem] = carry.system * kept;
  book(record, demand, wall);
  record[Times.cpus] = Math.max(record[Times.cpus] ?? 0, count);
  record[Times.at] = now;
}

/**
 * Starts a record at a container's start, so that its first advance books all that the cgroup has used
 * since, and the idle time that goes with it.
 * @param started microseconds since boot; NaN (unknown) starts it at the next step
 */
export function startTimes(record: Float64Array, started: number, now: number): void {
  record.fill(0);
  record[Times.at] = started < now - STEP && started > 0 ? started : Math.max(1, now - STEP);
}
