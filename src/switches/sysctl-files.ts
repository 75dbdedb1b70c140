/**
 * Files that are read and written as those below /proc/sys are.
 * @module
 */

export interface SysctlFiles {
  /** A file's text, for the task `pid`. */
  read(path: string, pid: number): string;
  /**
   * Takes what is written: its length, or a negative errno; 0 if nothing is written yet.
   * @param uid as the daemon's own user namespace numbers users
   * @param text null: the file is being opened
   */
  write(path: string, pid: number, uid: number, text: string | null): number;
}
