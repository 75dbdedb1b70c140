/**
 * CPU times of a container, accumulated from deltas in one record of numbers. Pure: the record may be in a
 * memory-mapped file. All times are in microseconds.
 * @module
 */
import { maxAge } from '../base/max-age.ts';

/** Offsets in a record. Per-CPU parts follow the header. */
export const Times = {
  /** CLOCK_BOOTTIME of the last advance; 0 = never advanced. */
  at: 0,
  /** CPUs that ever had a line; CPUs beyond the present count keep their times. */
  cpus: 1,
  /** Counters of the whole cgroup at the last advance (v2). */
  user: 2,
  nice: 3,
  system: 4,
  /** CPU time that exceeded wall time and is not shown yet. */
  carryUser: 5,
  carryNice: 6,
  carrySystem: 7,
  header: 8,
} as const;

/** Offsets in one CPU's part: its times, then (v1) the counters of the host CPU with the same number. */
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

/** Length of a record in doubles, for a host with so many CPUs. */
export const timesLength = (cpus: number): number => Times.header + cpus * Cpu.size;

/** Counters of the cgroup since its creation; NaN if they could not be read. */
export type CpuUsage =
  | { readonly kind: 'total'; user: number; nice: number; system: number }
  /** Per host CPU: exact run time, and the tick-based split of it. */
  | { readonly kind: 'per-cpu'; usage: Float64Array; split: Float64Array };

/** Carry per CPU above this is dropped: the container runs on more CPUs than it sees. */
const MAX_CARRY = 1_000_000;

/** The shortest step, microseconds. */
export const MIN_STEP = maxAge.cpuTimes.us;

/** User, nice and system time of one visible CPU in this step. */
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

/** v2 counts no single CPUs: the cgroup's time is spread evenly. An unknown counter is left to the next step. */
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
 * v1: the time of each host CPU goes to one visible CPU: its position in the set, modulo the count. The exact run
 * time is split by the tick-based user and system counters, as in kernel/sched/cputime.c (cputime_adjust).
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

/** The system part of the ticks since the last step or, if there were none, since the beginning. */
function systemShare(record: Float64Array, base: number, user: number, system: number): number {
  const u = delta(user, record[base + Cpu.hostUser] ?? 0);
  const s = delta(system, record[base + Cpu.hostSystem] ?? 0);
  if (u + s > 0) return s / (u + s);
  return user + system > 0 ? system / (user + system) : 0;
}

/** Moves time above wall time from full CPUs to CPUs with room (the rule of Virtuozzo). */
function balance(demand: readonly Demand[], wall: number, carry: Demand): void {
  for (const each of demand) moveExcess(each, carry, wall);
  for (const each of demand) fill(each, carry, wall);
}

/** Limits a CPU's demand to wall time; the excess goes to the pool in the same proportions. */
function moveExcess(each: Demand, pool: Demand, wall: number): void {
  const wanted = total(each);
  if (wanted <= wall) return;
  const kept = wall / wanted;
  for (const part of ['user', 'nice', 'system'] as const) {
    pool[part] += each[part] * (1 - kept);
    each[part] *= kept;
  }
}

/** Moves as much of the pool to a CPU as it has room for. */
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

function addTimes(record: Float64Array, demand: readonly Demand[], wall: number): void {
  for (const [i, each] of demand.entries()) {
    const base = Times.header + i * Cpu.size;
    record[base + Cpu.user] = (record[base + Cpu.user] ?? 0) + each.user;
    record[base + Cpu.nice] = (record[base + Cpu.nice] ?? 0) + each.nice;
    record[base + Cpu.system] = (record[base + Cpu.system] ?? 0) + each.system;
    // Rounding may leave slightly more than wall time; idle must not run backwards.
    const idle = Math.max(0, wall - total(each));
    record[base + Cpu.idle] = (record[base + Cpu.idle] ?? 0) + idle;
  }
}

/**
 * Advances a record to `now`: each visible CPU gains exactly the wall time since the last advance, split into used
 * and idle. A step shorter than maxAge.cpuTimes does nothing. `startTimes` starts a new record (all zero).
 * @param set the host CPUs of the container, ascending
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
  if (!(wall >= MIN_STEP)) return;
  const demand = Array.from({ length: count }, () => ({ user: 0, nice: 0, system: 0 }));
  if (usage.kind === 'total') demandOfTotal(record, usage, demand);
  else demandPerCpu(record, usage, set, demand);
  const carry = {
    user: record[Times.carryUser] ?? 0,
    nice: record[Times.carryNice] ?? 0,
    system: record[Times.carrySystem] ?? 0,
  };
  balance(demand, wall, carry);
  const kept = Math.min(1, (MAX_CARRY * count) / (total(carry) || 1));
  record[Times.carryUser] = carry.user * kept;
  record[Times.carryNice] = carry.nice * kept;
  record[Times.carrySystem] = carry.system * kept;
  addTimes(record, demand, wall);
  record[Times.cpus] = Math.max(record[Times.cpus] ?? 0, count);
  record[Times.at] = now;
}

/**
 * Starts a record at the container's start, so that its first advance adds all CPU time that the cgroup has used
 * since, and the idle time of that period.
 * @param started microseconds since boot; NaN: unknown, the record starts one step before `now`
 */
export function startTimes(record: Float64Array, started: number, now: number): void {
  record.fill(0);
  record[Times.at] =
    started < now - MIN_STEP && started > 0 ? started : Math.max(1, now - MIN_STEP);
}
