/**
 * Parses the text that is written to a parameter as the kernel does: proc_dointvec_minmax, kernel/sysctl.c. Pure.
 * @module
 */

const EINVAL = 22;

/** The kernel parses one page at most. */
const MOST_CHARACTERS = 4095;

/** A number with more digits could be cut in its middle. */
const MOST_DIGITS = 20;

/** isspace(), then a number, then its end or a blank; what follows a blank is ignored. */
const NUMBER = /^[ \t\n\v\f\r\xa0]*(-?)(0[xX][0-9a-fA-F]+|\d+)(?:[ \t\n]|$)/;

/** A number in the notation of C: 010 is 8, 0x10 is 16. NaN if it is invalid. */
function parseNumber(digits: string): number {
  if (digits.length > MOST_DIGITS) return Number.NaN;
  if (!/^0\d/.test(digits)) return Number(digits);
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** The whole number at the start of a text; NaN if there is none. -0 becomes 0. */
export function parseInteger(text: string): number {
  const match = NUMBER.exec(text.slice(0, MOST_CHARACTERS));
  if (!match) return Number.NaN;
  const [, sign, digits = ''] = match;
  return parseNumber(digits) * (sign === '-' ? -1 : 1) + 0;
}

/** Whether a text turns a switch on, or a negative errno if it is neither 0 nor 1. */
export function parseSwitch(text: string): boolean | number {
  const value = parseInteger(text);
  return value === 0 || value === 1 ? value === 1 : -EINVAL;
}
