/**
 * A reader in a container that reads without a pause while the service is killed, restarted and upgraded.
 * @module
 */
import type { Container, InsideReader } from '../../e2e/helpers/container.ts';

/** Sum of the ticks in the first line of /proc/stat; NaN if there is none. */
const ticks = (stat: string): number =>
  (/^cpu +(.*)$/m.exec(stat)?.[1] ?? 'x')
    .split(' ')
    .map(Number)
    .reduce((a, b) => a + b, 0);

export class Readers {
  readonly #inside: InsideReader;
  readonly #total: string;
  #stopped = false;
  #ended: Promise<void>;
  /** Errors and wrong texts. */
  readonly faults: string[] = [];
  reads = 0;
  /** The slowest read, ms. */
  longest = 0;

  /** @param kilobytes the container's memory limit */
  constructor(container: Container, kilobytes: number) {
    this.#inside = container.inside();
    this.#total = `MemTotal:${String(kilobytes).padStart(15)} kB`;
    this.#ended = this.#read();
  }

  async #read(): Promise<void> {
    let before = 0;
    while (!this.#stopped) {
      try {
        const meminfo = await this.#timed('/proc/meminfo');
        if (!meminfo.startsWith(`${this.#total}\n`)) this.faults.push(meminfo.slice(0, 60));
        if (!meminfo.endsWith('\n')) this.faults.push(`short: ${meminfo.slice(-60)}`);
        const now = ticks(await this.#timed('/proc/stat'));
        if (!(now >= before)) this.faults.push(`stat: ${before}, then ${now}`);
        before = now;
      } catch (error) {
        this.faults.push(String(error));
      }
    }
  }

  async #timed(path: string): Promise<string> {
    const start = performance.now();
    const text = await this.#inside.read(path);
    this.longest = Math.max(this.longest, performance.now() - start);
    this.reads++;
    return text;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }
}
