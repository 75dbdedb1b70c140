/**
 * The file of switches: a memory-mapped file that the daemon's threads and the command line share.
 *
 * Layout, in this machine's byte order: a header; the words of the host; the key of each record (0 = free); the records,
 * one word each; the parameters that containers requested.
 * @module
 */
import { checksum, openOwnFile, openSharedFile } from '../base/mapped-file.ts';
import { native } from '../native/addon.ts';

export const SWITCHES_MAGIC = 0x70_76_73_77;
export const SWITCHES_VERSION = 4;

/** Records of containers. */
export const RECORD_SLOTS = 4096;

/** Parameters that are stored for each container. */
export const PARAMETERS = 2;

/** Words of the header. `used`: no slot from there on was ever in use. */
export const HeaderWord = { magic: 0, version: 1, boot: 2, check: 3, epoch: 4, used: 5 } as const;

/** Words of the host. From `raises` on, a pair for each parameter. */
export const HostWord = { setting: 0, configured: 1, raises: 2, size: 8 } as const;

const HEADER_BYTES = 64;
const BYTES = HEADER_BYTES + 8 * (HostWord.size + (2 + PARAMETERS) * RECORD_SLOTS);

/**
 * `daemon` sets a file aside that cannot be used; `shared`, for all other processes that write, throws instead; `private`
 * makes a copy of a file that exists.
 */
export type SwitchesMode = 'daemon' | 'shared' | 'private';

/** The parts of the file. */
export interface SwitchesFile {
  readonly header: Int32Array;
  readonly host: BigInt64Array;
  readonly keys: BigInt64Array;
  readonly records: BigInt64Array;
  readonly parameters: BigInt64Array;
  /** For the log: why a file was set aside; null if none was. */
  readonly finding: string | null;
}

/** Why the file cannot be used; null if it can, or if it is new or of another boot. */
function faultOf(buffer: ArrayBuffer): string | null {
  const [magic = 0, version = 0, boot = 0, check = 0] = new Int32Array(buffer, 0, HEADER_BYTES / 4);
  if (magic === 0 && version === 0 && boot === 0) return null;
  if (magic !== SWITCHES_MAGIC) return 'it is not a file of switches';
  if (version !== SWITCHES_VERSION)
    return `it has version ${version}, this procview needs ${SWITCHES_VERSION}`;
  return boot === 0 || check === checksum(boot, SWITCHES_VERSION) ? null : 'its header is damaged';
}

function mapPrivate(path: string): ArrayBuffer {
  const buffer = native.mapFile(path, BYTES, 'private');
  if (faultOf(buffer) !== null) new Uint8Array(buffer).fill(0);
  return buffer;
}

function map(path: string, mode: SwitchesMode): { buffer: ArrayBuffer; finding: string | null } {
  if (mode === 'daemon') return openOwnFile(path, BYTES, 'shared', faultOf);
  if (mode === 'shared') return { buffer: openSharedFile(path, BYTES, faultOf), finding: null };
  return { buffer: mapPrivate(path), finding: null };
}

/** Maps the file. Throws what `native.mapFile` throws, and if the file cannot be used. */
export function openSwitchesFile(path: string, mode: SwitchesMode): SwitchesFile {
  const { buffer, finding } = map(path, mode);
  let at = HEADER_BYTES;
  const part = (length: number): BigInt64Array => {
    at += 8 * length;
    return new BigInt64Array(buffer, at - 8 * length, length);
  };
  return {
    header: new Int32Array(buffer, 0, HEADER_BYTES / 4),
    host: part(HostWord.size),
    keys: part(RECORD_SLOTS),
    records: part(RECORD_SLOTS),
    parameters: part(PARAMETERS * RECORD_SLOTS),
    finding,
  };
}
