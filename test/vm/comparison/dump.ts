/**
 * Output of the workload: the text of its files at each of its points.
 * @module
 */

/** One moment: seconds since boot, and the text of each file by its path. */
export interface Point {
  readonly at: number;
  readonly files: ReadonlyMap<string, string>;
}

export type Dump = ReadonlyMap<string, Point>;

function filesOf(text: string): Map<string, string> {
  const pieces = text.split(/^== file (.+)\n/m).slice(1);
  const files = new Map<string, string>();
  for (let i = 0; i < pieces.length; i += 2) files.set(pieces[i] ?? '', pieces[i + 1] ?? '');
  return files;
}

/** Parses the workload's output; ignores text around it. Throws if there is none. */
export function parseDump(text: string): Dump {
  const pieces = text.split(/^== point (\S+) (\S+)\n/m).slice(1);
  const dump = new Map<string, Point>();
  for (let i = 0; i < pieces.length; i += 3) {
    const [name = '', at, rest = ''] = pieces.slice(i, i + 3);
    dump.set(name, { at: Number(at), files: filesOf(rest) });
  }
  if (!dump.has('start'))
    throw new Error(`the workload has printed nothing:\n${text.slice(-2000)}`);
  return dump;
}

/** Text of a file. Throws if the workload did not read it. */
export function fileAt({ files }: Point, path: string): string {
  const text = files.get(path);
  if (text === undefined) throw new Error(`the workload has not read ${path}`);
  return text;
}
