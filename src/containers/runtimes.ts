/**
 * Recognises containers by the cgroup names of their runtimes, anywhere in a path.
 * @module
 */
import { unescapeUnit } from './unit-name.ts';

/** A container of a known runtime, found in a cgroup path. */
export interface Recognised {
  readonly runtime: string;
  readonly id: string;
  /** The path of the container's own cgroup. */
  readonly path: string;
}

const ID = '[0-9a-f]{64}';

interface Pattern {
  readonly runtime: string;
  /** Matches one path component; group 1 is the container's id. */
  readonly name: RegExp;
  /** The components before must match this, if the name alone is not specific enough. */
  readonly below?: RegExp;
}

const PATTERNS: readonly Pattern[] = [
  { runtime: 'docker', name: new RegExp(`^docker-(${ID})\\.scope$`) },
  { runtime: 'docker', name: new RegExp(`^(${ID})$`), below: /\/docker$/ },
  { runtime: 'containerd', name: new RegExp(`^(?:cri-containerd|nerdctl)-(${ID})\\.scope$`) },
  // containerd's namespaces of ctr and nerdctl, and of the CRI if the kubelet sets no parent.
  { runtime: 'containerd', name: /^(.+)$/, below: /^\/(default|k8s\.io)$/ },
  { runtime: 'cri-o', name: new RegExp(`^crio-(${ID})(?:\\.scope)?$`) },
  { runtime: 'podman', name: new RegExp(`^libpod-(${ID})\\.scope$`) },
  { runtime: 'podman', name: new RegExp(`^libpod-(${ID})$`) },
  { runtime: 'kubernetes', name: new RegExp(`^(${ID})$`), below: /\/kubepods(\/|$)/ },
  { runtime: 'lxc', name: /^lxc\.payload\.(.+)$/ },
  { runtime: 'lxc', name: /^(.+)$/, below: /\/lxc$/ },
  { runtime: 'nspawn', name: /^systemd-nspawn@(.+)\.service$/, below: /\/machine\.slice$/ },
  // libvirt's virtual machines are in machine.slice too; their processes are the host's.
  { runtime: 'nspawn', name: /^machine-(?!qemu|lxc)(.+)\.scope$/, below: /\/machine\.slice$/ },
  { runtime: 'libvirt-lxc', name: /^machine-(lxc.+)\.scope$/, below: /\/machine\.slice$/ },
];

function recogniseComponent(before: string, name: string): Recognised | null {
  for (const pattern of PATTERNS) {
    const match = pattern.name.exec(name);
    if (!match || (pattern.below && !pattern.below.test(before))) continue;
    const id = pattern.runtime === 'nspawn' ? unescapeUnit(match[1] ?? name) : (match[1] ?? name);
    return { runtime: pattern.runtime, id, path: `${before}/${name}` };
  }
  return null;
}

/** The innermost container of a cgroup path, or null. A container in a container counts by itself. */
export function recognise(path: string): Recognised | null {
  for (let end = path.length; end > 0; ) {
    const slash = path.lastIndexOf('/', end - 1);
    const found = recogniseComponent(path.slice(0, slash), path.slice(slash + 1, end));
    if (found) return found;
    end = slash;
  }
  return null;
}
