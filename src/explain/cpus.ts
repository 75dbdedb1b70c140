/**
 * Explains the number of CPUs, their times, and the start of the container.
 * @module
 */

import type { Reading } from '../cgroup/read-plan.ts';
import { parseCpuList } from '../sampling/cpu-list.ts';
import type { CpuTrace } from '../sampling/trace.ts';
import { least } from './quantity.ts';
import type { Explain, Explainers } from './subject.ts';

function setText({ cpuset, model }: CpuTrace): string {
  const { length } = model.set;
  if (!cpuset) return `${length} online, no cpuset at any level`;
  const isCut = (parseCpuList(cpuset.text)?.length ?? length) > length;
  return `${length}${isCut ? ' online' : ''} of cpuset ${cpuset.text} at ${cpuset.cgroup}`;
}

const cpus = ([quota, period]: readonly [Reading, Reading]): number => quota.value / period.value;

function quotaText({ quotas, model }: CpuTrace): string | null {
  const tightest = quotas.find((each) => cpus(each) === model.quota);
  if (!tightest || model.quota === Infinity) return null;
  const [quota, period] = tightest;
  const text = `${Number(model.quota.toFixed(4))} = ${quota.value}/${period.value}`;
  return `ceil(quota ${text} at ${quota.cgroup})`;
}

function sharesText({ shares }: CpuTrace): string | null {
  if (!shares || !(shares.value > 0)) return null;
  const asShares = shares.file === 'cpu.weight' ? ' as shares' : '';
  return `ceil(${shares.file} ${shares.value}${asShares} / 1024 at ${shares.cgroup})`;
}

const count: Explain = ({ trace }) => {
  const { policy, model } = trace.cpus;
  const bound = { quota: quotaText, shares: sharesText, cpuset: () => null }[policy](trace.cpus);
  const noBound = policy === 'quota' ? 'no quota at any level' : `policies.cpus is ${policy}`;
  const text = least(bound ? [setText(trace.cpus), bound] : [setText(trace.cpus)]);
  const number = model.count === 1 ? '1 CPU' : `${model.count} CPUs`;
  return `${number} = ${text}${bound ? '' : `; ${noBound}`}`;
};

/** The host's CPUs whose time a visible CPU shows: by position in the set, modulo the count. */
function hostCpus({ model }: CpuTrace, cpu: number): readonly number[] {
  return model.set.filter((_, position) => position % model.count === cpu);
}

const ACCUMULATED = 'user nice system idle, accumulated in the ledger';

const times: Explain = ({ trace }, key) => {
  const { usage } = trace;
  const cgroup = trace.cgroup('cpuacct', 'unified')?.path;
  if (!usage || cgroup === undefined) return null;
  const { count: shown } = trace.cpus.model;
  if (usage.kind === 'total') {
    const { user, nice, system } = usage;
    const parts = `user_usec ${user + nice} (${nice} of it nice_usec), system_usec ${system}`;
    return `${ACCUMULATED}: cpu.stat of ${cgroup}: ${parts}, spread evenly over CPUs: ${shown}`;
  }
  const ran = hostCpus(trace.cpus, Number(key.slice(3)));
  const parts = ran.map((cpu) => `CPU ${cpu} ${usage.usage[cpu] ?? 0} us`);
  return `${ACCUMULATED}: cpuacct.usage_percpu of ${cgroup}: ${parts.join(', ')}`;
};

const HOST_START =
  "the host's: policies.uptime is host, or the container's first process is unknown";

const btime: Explain = ({ container, sample }) =>
  Number.isNaN(sample.times.btime)
    ? HOST_START
    : `start of pid ${container.init}, the container's first process; from the ledger`;

const uptime: Explain = ({ container, sample }) =>
  Number.isNaN(sample.times.btime)
    ? HOST_START
    : `now - start of pid ${container.init}, the container's first process`;

export const cpuExplainers: Explainers = {
  'cpus.count': count,
  'times.count': times,
  'times.btime': btime,
  'times.uptime': uptime,
};
