/**
 * Who started us and keeps our descriptors: systemd, or procview-keeper, which speaks the same protocol
 * (sd_notify(3), sd_listen_fds(3)). Everything here does nothing where there is nobody.
 * @module
 */

import { native } from '../native/addon.ts';
import type { KeptDescriptor } from '../native/session.ts';

const FIRST_DESCRIPTOR = 3;
const US_PER_MS = 1000;
/** sd_watchdog_enabled(3) says half of the time; half of that is safe on a busy machine. */
const WATCHDOG_SHARE = 4;

type Environment = Readonly<Record<string, string | undefined>>;

const addressed = (pid: string | undefined): boolean =>
  pid === undefined || Number(pid) === process.pid;

export class Manager {
  /** Whether it keeps descriptors when we end, and starts us again. FDSTORE: since systemd 254; the unit sets it. */
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

  /** What a predecessor has given it to keep. */
  inherited(): KeptDescriptor[] {
    const { LISTEN_PID, LISTEN_FDS = '0', LISTEN_FDNAMES = '' } = this.#environment;
    if (LISTEN_PID === undefined || !addressed(LISTEN_PID)) return [];
    const names = LISTEN_FDNAMES.split(':');
    const kept = Array.from({ length: Number(LISTEN_FDS) }, (_, i) => ({
      name: names[i] ?? '',
      fd: FIRST_DESCRIPTOR + i,
    }));
    for (const { fd } of kept) native.closeOnExec(fd);
    return kept;
  }

  /** Gives it these descriptors, besides those that it has given to us, and takes back all others. */
  keep(descriptors: readonly KeptDescriptor[]): void {
    const had = new Set(this.inherited().map(({ name }) => name));
    for (const { name, fd } of descriptors) {
      // A descriptor of ours is no event: without FDPOLL=0 (since 246) it would be polled for nothing.
      if (!had.delete(name)) this.#send(`FDSTORE=1\nFDPOLL=0\nFDNAME=${name}`, [fd]);
    }
    for (const name of had) this.#send(`FDSTOREREMOVE=1\nFDNAME=${name}`);
  }

  /** @param mount where the keeper unmounts if we cannot */
  ready(mount: string): void {
    this.#send(`READY=1\nSTATUS=serving at ${mount}\nX_PROCVIEW_MOUNT=${mount}`);
  }

  /** Until it is told that we are ready again. */
  reloading(): void {
    const now = process.hrtime.bigint() / BigInt(US_PER_MS);
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${now}`);
  }

  stopping(): void {
    this.#send('STOPPING=1');
  }

  /** Another daemon serves our connection: nobody is to start one of ours again. */
  handedOver(): void {
    this.#send('STOPPING=1\nX_PROCVIEW_HANDED_OVER=1');
  }

  /** Tells it again and again that we are alive, as long as `alive` says so. */
  watch(alive: () => boolean): void {
    const { WATCHDOG_USEC, WATCHDOG_PID } = this.#environment;
    const limit = Number(WATCHDOG_USEC ?? 0) / US_PER_MS;
    if (!(limit > 0) || !addressed(WATCHDOG_PID)) return;
    setInterval(() => {
      if (alive()) this.#send('WATCHDOG=1');
    }, limit / WATCHDOG_SHARE).unref();
  }

  #send(text: string, descriptors: readonly number[] = []): void {
    if (this.#socket !== '') native.notify(this.#socket, text, descriptors);
  }
}
