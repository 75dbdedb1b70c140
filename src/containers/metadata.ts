/**
 * What is known about a container beside what the kernel tells: names, pod, what it declares.
 * @module
 */

import { native } from '../native/addon.ts';
import type { Container } from './container.ts';
import { podUid } from './pod.ts';
import { RUNTIME_FILES, type RuntimeFile, type RuntimeRecord } from './runtime-files.ts';
import { unescapeUnit } from './unit-name.ts';

export interface Metadata {
  /** As its runtime's commands name it; `''` if no file tells. */
  readonly name: string;
  /** Uid of its pod, `''` outside Kubernetes. */
  readonly pod: string;
  /** Namespace and name of its pod, `''` if no file tells. */
  readonly podName: string;
  /** Of the OCI configuration. */
  readonly annotations: ReadonlyMap<string, string>;
  /** Of Docker. */
  readonly labels: ReadonlyMap<string, string>;
  /** `NAME=value`, configured for its first process. */
  readonly environment: readonly string[];
}

/** Ids that are names of files. */
const FILE_NAME = /^[A-Za-z0-9][\w.-]{0,254}$/;

/** A file that is larger is not read. */
const MOST_BYTES = 1 << 20;

/** Users, or namespaces of containerd, that are looked through. */
const MOST_DIRECTORIES = 256;

/** What can be shown in one line of a terminal. */
const ONE_LINE = /^[\x20-\x7e]{1,255}$/;

const orEmpty = (name: string): string => (ONE_LINE.test(name) ? name : '');

/** Runtimes whose cgroup is named as the container; of libvirt's with a number before it. */
const NAMED_CGROUPS = new Map<string, (id: string) => string>([
  ['lxc', (id) => id],
  ['nspawn', (id) => id],
  ['libvirt-lxc', (id) => unescapeUnit(id).replace(/^lxc-\d+-/, '')],
]);

export class MetadataReader {
  readonly #root: string;
  readonly #bytes = new Uint8Array(MOST_BYTES);

  /** @param root directory that stands for the host's `/`: state of runtimes is read beneath it */
  constructor(root: string) {
    this.#root = root;
  }

  read(container: Container): Metadata {
    const path = [...container.cgroups.values()].find((each) => podUid(each) !== '');
    const records = this.#allRecords(container);
    const first = (key: 'name' | 'podName'): string =>
      orEmpty(records.map((each) => each[key]).find(Boolean) ?? '');
    return {
      name: orEmpty(NAMED_CGROUPS.get(container.runtime)?.(container.id) ?? first('name')),
      pod: path === undefined ? '' : podUid(path),
      podName: first('podName'),
      annotations: new Map(records.flatMap(({ annotations }) => Object.entries(annotations))),
      labels: new Map(records.flatMap(({ labels }) => Object.entries(labels))),
      environment: records.flatMap(({ environment }) => environment),
    };
  }

  /** What all files that there are say about it. */
  #allRecords({ id, runtime, cgroups }: Container): RuntimeRecord[] {
    // A cgroup that tells no runtime may be named as the container, but only its file is sure of that.
    const wanted = runtime === '' ? `/${id}` : null;
    const name = wanted === null ? id : wanted.slice(wanted.lastIndexOf('/') + 1);
    if (NAMED_CGROUPS.has(runtime) || !FILE_NAME.test(name)) return [];
    return RUNTIME_FILES.flatMap((file) => this.#records(file, name)).filter(
      ({ cgroup }) => wanted === null || (cgroup !== '' && [...cgroups.values()].includes(cgroup)),
    );
  }

  #records({ path, parse }: RuntimeFile, id: string): RuntimeRecord[] {
    const texts = this.#expand(path.replace('ID', id)).map((each) => this.#text(each));
    return texts.flatMap((text) => {
      try {
        return text === null ? [] : [parse(JSON.parse(text), id)];
      } catch {
        // Broken, or being written: it says nothing.
        return [];
      }
    });
  }

  #expand(path: string): string[] {
    const [before, after] = path.split('*');
    if (before === undefined || after === undefined) return [path];
    const names = native.readDirectory(this.#root, before, true);
    if (typeof names === 'number') return [];
    return names.slice(0, MOST_DIRECTORIES).map((name) => before + name + after);
  }

  #text(path: string): string | null {
    const length = native.readFileBeneath(this.#root, path, this.#bytes);
    return length < 0 ? null : Buffer.from(this.#bytes.buffer, 0, length).toString();
  }
}
