/**
 * Files that are read and written like those below /proc/sys.
 * @module
 */

export interface SysctlFiles {
  /** The text of a file, for the task `pid`. */
  read(path: string, pid: number): string;
  /**
   * Writes a text. Returns its length or a negative errno; 0 if the file is only being opened.
   * @param uid in the user namespace of the daemon
   * @param text null: the file is being opened
   */
  write(path: string, pid: number, uid: number, text: string | null): number;
}
