import { setTimeout as sleep } from 'node:timers/promises';

/** Undoes the changes of a benchmark to the machine, in reverse order. */
export class Cleanup {
  private readonly steps: { readonly what: string; readonly undo: () => void | Promise<void> }[] =
    [];

  add(what: string, undo: () => void | Promise<void>): void {
    this.steps.push({ what, undo });
  }

  /** Runs every step. Returns one line for each step that failed. */
  async run(): Promise<string[]> {
    const failures: string[] = [];
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        failures.push(`${step.what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return failures;
  }
}

/** Retries for some time: processes take some time to leave a cgroup, and readers to leave a mount. */
export async function retry(milliseconds: number, attempt: () => void): Promise<void> {
  for (const deadline = performance.now() + milliseconds; ; ) {
    try {
      attempt();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(20);
  }
}
