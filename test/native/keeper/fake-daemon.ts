/**
 * A program that the keeper starts in place of the daemon: `fake-daemon FILE ACT...` does the first act at its first start, the
 * second at the next, and so on. FILE gets a line of JSON for each start.
 * @module
 */
import { appendFileSync, openSync, readFileSync, readSync } from 'node:fs';
import { native } from '../../../src/native/addon.ts';

const [, , file = '', ...acts] = process.argv;
const { NOTIFY_SOCKET = '', LISTEN_FDS = '0', LISTEN_FDNAMES = '' } = process.env;
const notify = (text: string, fds: readonly number[] = []): unknown =>
  native.notify(NOTIFY_SOCKET, text, fds);

const starts = readFileSync(file, 'utf8').split('\n').length - 1;
// From the start: all of them have the same open file.
const bytes = Buffer.alloc(64);
const kept = LISTEN_FDS === '1' ? bytes.toString('latin1', 0, readSync(3, bytes, 0, 64, 0)) : '';
appendFileSync(file, `${JSON.stringify({ at: Date.now(), names: LISTEN_FDNAMES, kept })}\n`);

const act = acts[starts];
if (act === 'fail') process.exit(3);
if (starts === 0)
  notify('FDSTORE=1\nFDNAME=hostname', [openSync('/proc/sys/kernel/hostname', 'r')]);
notify('READY=1');
if (act === 'die') process.kill(process.pid, 'SIGKILL');
process.on('SIGINT', () => process.exit(0));
setInterval(() => undefined, 1000);
