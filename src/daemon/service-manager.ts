/**
 * The service manager that started this process and keeps its descriptors: systemd, or procview-keeper, which uses the
 * same protocol (sd_notify(3), sd_listen_fds(3)). Without a service manager every function here does nothing.
 * @module
 */

import { native } from '../native/addon.ts';
import type { KeptDescriptor } from '../native/session.ts';

const FIRST_DESCRIPTOR = 3;
const US_PER_MS = 1000;
/** sd_watchdog_enabled(3) recommends half of the interval; a quarter is safe on a busy machine. */
const WATCHDOG_SHARE = 4;

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables with the pid of another process were inherited by accident. */
const isForUs = (pid: string | undefined): boolean =>
  pid === undefined || Number(pid) === process.pid;

export class ServiceManager {
  /** Whether it keeps our descriptors when we end, and starts us again. FDSTORE: since systemd 254, or set by the unit. */
  readonly keeps: boolean;
  /** Whether it is procview-keeper. */
  readonly isKeeper: boolean;
  readonly #socket: string;
  readonly #environment: Environment;

  constructor(environment: Environment) {
    const { NOTIFY_SOCKET = '', FDSTORE, PROCVIEW_KEEPER } = environment;
    this.#environment = environment;
    this.#socket = NOTIFY_SOCKET;
    this.keeps = NOTIFY_SOCKET !== '' && Number(FDSTORE) > 0;
    this.isKeeper = PROCVIEW_KEEPER === '1';
  }

  /** The descriptors that a predecessor stored. */
  inherited(): KeptDescriptor[] {
    const { LISTEN_PID, LISTEN_FDS = '0', LISTEN_FDNAMES = '' } = this.#environment;
    if (LISTEN_PID === undefined || !isForUs(LISTEN_PID)) return [];
    const names = LISTEN_FDNAMES.split(':');
    const kept = Array.from({ length: Number(LISTEN_FDS) }, (_, i) => ({
      name: names[i] ?? '',
      fd: FIRST_DESCRIPTOR + i,
    }));
    for (const { fd } of kept) native.closeOnExec(fd);
    return kept;
  }

  /** Stores these descriptors, and removes all others from the store. */
  keep(descriptors: readonly KeptDescriptor[]): void {
    const stored = new Set(this.inherited().map(({ name }) => name));
    for (const { name, fd } of descriptors) {
      // Without FDPOLL=0 (systemd 246) systemd would poll the descriptor for nothing.
      if (!stored.delete(name)) this.#send(`FDSTORE=1\nFDPOLL=0\nFDNAME=${name}`, [fd]);
    }
    for (const name of stored) this.#send(`FDSTOREREMOVE=1\nFDNAME=${name}`);
  }

  /** @param mount where the keeper unmounts if this process cannot */
  ready(mount: string): void {
    this.#send(`READY=1\nSTATUS=serving at ${mount}\nX_PROCVIEW_MOUNT=${mount}`);
  }

  /** The reload ends with the next {@link ready}. */
  reloading(): void {
    const now = process.hrtime.bigint() / BigInt(US_PER_MS);
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${now}`);
  }

  stopping(): void {
    this.#send('STOPPING=1');
  }

  /** Another daemon serves the connection: the keeper must not start a new one. */
  takenOver(): void {
    this.#send('STOPPING=1\nX_PROCVIEW_HANDED_OVER=1');
  }

  /** Sends the watchdog's keep-alive message while `alive` returns true, if a watchdog is set. */
  watch(alive: () => boolean): void {
    const { WATCHDOG_USEC, WATCHDOG_PID } = this.#environment;
    const limit = Number(WATCHDOG_USEC ?? 0) / US_PER_MS;
    if (!(limit > 0) || !isForUs(WATCHDOG_PID)) return;
    setInterval(() => {
      if (alive()) this.#send('WATCHDOG=1');
    }, limit / WATCHDOG_SHARE).unref();
  }

  #send(text: string, descriptors: readonly number[] = []): void {
    if (this.#socket !== '') native.notify(this.#socket, text, descriptors);
  }
}
