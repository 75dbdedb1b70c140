/**
 * The state files of container runtimes: their paths, and parsers of the fields that procview uses.
 * @module
 */
import { z } from 'zod/v3';

/** The fields of one file; empty if the file has none. */
export interface RuntimeRecord {
  readonly name: string;
  /** Kubernetes namespace and name of its pod: `default/web`. */
  readonly podName: string;
  /** The configured cgroup path. */
  readonly cgroup: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** `NAME=value`, configured for its first process. */
  readonly environment: readonly string[];
}

export interface RuntimeFile {
  /** Below the root of the host's files. `ID` stands for the container's id, `*` for any name. */
  readonly path: string;
  parse(json: unknown, id: string): RuntimeRecord;
}

const NOTHING: RuntimeRecord = {
  name: '',
  podName: '',
  cgroup: '',
  annotations: {},
  labels: {},
  environment: [],
};

const text = z.string().catch('');
const texts = z.record(z.string(), z.string()).catch({});
const list = z.array(z.string()).catch([]);

const oci = z.object({
  annotations: texts,
  process: z.object({ env: list }).catch({ env: [] }),
  linux: z.object({ cgroupsPath: text }).catch({ cgroupsPath: '' }),
});

/** Annotations and labels with the container's name, by CRI runtimes and nerdctl: the first one that is set counts. */
const NAMES = ['io.kubernetes.cri.container-name', 'io.kubernetes.container.name', 'nerdctl/name'];
const PODS = [
  ['io.kubernetes.cri.sandbox-namespace', 'io.kubernetes.cri.sandbox-name'],
  ['io.kubernetes.pod.namespace', 'io.kubernetes.pod.name'],
] as const;

const nameIn = (keys: Readonly<Record<string, string>>): string =>
  NAMES.map((key) => keys[key]).find(Boolean) ?? '';

function podIn(keys: Readonly<Record<string, string>>): string {
  const [namespace, name] = PODS.find(([, name]) => keys[name]) ?? [];
  if (name === undefined || namespace === undefined) return '';
  return [keys[namespace], keys[name]].filter(Boolean).join('/');
}

/** The bundle's config.json: runtime-spec, config.md. */
function parseOci(json: unknown): RuntimeRecord {
  const { success, data } = oci.safeParse(json);
  if (!success) return NOTHING;
  const { annotations, process, linux } = data;
  return {
    name: nameIn(annotations),
    podName: podIn(annotations),
    cgroup: linux.cgroupsPath,
    annotations,
    labels: {},
    environment: process.env,
  };
}

const docker = z.object({
  Name: text,
  Config: z.object({ Labels: texts, Env: list }).catch({ Labels: {}, Env: [] }),
});

/** Docker's own record. In a pod of the kubelet, the label has a better name. */
function parseDocker(json: unknown): RuntimeRecord {
  const { success, data } = docker.safeParse(json);
  if (!success) return NOTHING;
  const { Labels: labels, Env: environment } = data.Config;
  const name = nameIn(labels) || data.Name.replace(/^\//, '');
  return { ...NOTHING, name, podName: podIn(labels), labels, environment };
}

const storage = z.array(z.object({ id: text, names: list }).catch({ id: '', names: [] })).catch([]);

/** All containers of a containers/storage. Podman keeps names in no other file of a known format. */
function parseStorage(json: unknown, id: string): RuntimeRecord {
  const found = storage.parse(json).find((each) => each.id === id);
  return { ...NOTHING, name: found?.names[0] ?? '' };
}

/** Docker, containerd, CRI-O and Podman, rootless Podman last. */
export const RUNTIME_FILES: readonly RuntimeFile[] = [
  { path: 'var/lib/docker/containers/ID/config.v2.json', parse: parseDocker },
  { path: 'run/containerd/io.containerd.runtime.v2.task/*/ID/config.json', parse: parseOci },
  { path: 'run/containers/storage/overlay-containers/ID/userdata/config.json', parse: parseOci },
  {
    path: 'var/lib/containers/storage/overlay-containers/ID/userdata/config.json',
    parse: parseOci,
  },
  { path: 'var/lib/containers/storage/overlay-containers/containers.json', parse: parseStorage },
  { path: 'run/user/*/containers/overlay-containers/ID/userdata/config.json', parse: parseOci },
];
