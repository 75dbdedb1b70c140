/**
 * Names, pod, labels and annotations of a container, from the state files of its runtime.
 * @module
 */

import { native } from '../native/addon.ts';
import type { Container } from './container.ts';
import { podUid } from './pod.ts';
import { RUNTIME_FILES, type RuntimeFile, type RuntimeRecord } from './runtime-files.ts';
import { unescapeUnit } from './unit-name.ts';

export interface Metadata {
  /** The name in the commands of its runtime; `''` if no file has it. */
  readonly name: string;
  /** Uid of its pod, `''` outside Kubernetes. */
  readonly pod: string;
  /** Namespace and name of its pod; `''` if no file has them. */
  readonly podName: string;
  /** From the OCI configuration. */
  readonly annotations: ReadonlyMap<string, string>;
  /** From Docker. */
  readonly labels: ReadonlyMap<string, string>;
  /** `NAME=value`, configured for its first process. */
  readonly environment: readonly string[];
}

/** Ids that can be the name of a file. */
const FILE_NAME = /^[A-Za-z0-9][\w.-]{0,254}$/;

/** Bytes of the largest file that is read. */
const MOST_BYTES = 1 << 20;

/** Users, or namespaces of containerd, whose files are read. */
const MOST_MATCHES = 256;

/** A name that fits in one line of a terminal. */
const PRINTABLE = /^[\x20-\x7e]{1,255}$/;

const printableOrEmpty = (name: string): string => (PRINTABLE.test(name) ? name : '');

/** Runtimes whose cgroup has the name of the container. libvirt puts a number before it. */
const NAMED_CGROUPS = new Map<string, (id: string) => string>([
  ['lxc', (id) => id],
  ['nspawn', (id) => id],
  ['libvirt-lxc', (id) => unescapeUnit(id).replace(/^lxc-\d+-/, '')],
]);

export class MetadataReader {
  readonly #root: string;
  readonly #bytes = new Uint8Array(MOST_BYTES);

  /** @param root of the host's files: no file outside of it is read */
  constructor(root: string) {
    this.#root = root;
  }

  read(container: Container): Metadata {
    const path = [...container.cgroups.values()].find((each) => podUid(each) !== '');
    const records = this.#allRecords(container);
    const first = (key: 'name' | 'podName'): string =>
      printableOrEmpty(records.map((each) => each[key]).find(Boolean) ?? '');
    return {
      name: printableOrEmpty(NAMED_CGROUPS.get(container.runtime)?.(container.id) ?? first('name')),
      pod: path === undefined ? '' : podUid(path),
      podName: first('podName'),
      annotations: new Map(records.flatMap(({ annotations }) => Object.entries(annotations))),
      labels: new Map(records.flatMap(({ labels }) => Object.entries(labels))),
      environment: records.flatMap(({ environment }) => environment),
    };
  }

  /** The records of all state files that exist. */
  #allRecords({ id, runtime, cgroups }: Container): RuntimeRecord[] {
    // A cgroup of an unknown runtime may have the name of the container. Its file confirms that with the cgroup's path.
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
        // The file is broken, or is just being written.
        return [];
      }
    });
  }

  #expand(path: string): string[] {
    const [before, after] = path.split('*');
    if (before === undefined || after === undefined) return [path];
    const names = native.readDirectory(this.#root, before, true);
    if (typeof names === 'number') return [];
    return names.slice(0, MOST_MATCHES).map((name) => before + name + after);
  }

  #text(path: string): string | null {
    const length = native.readFileBeneath(this.#root, path, this.#bytes);
    return length < 0 ? null : Buffer.from(this.#bytes.buffer, 0, length).toString();
  }
}
