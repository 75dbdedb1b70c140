/**
 * Numbers that are kept in one 64-bit word each, with a checksum that is seeded with whose they are: a
 * damaged one, or another's, is none. Pure.
 * @module
 */
import { checksum } from '../base/mapped-file.ts';

const MASK = (1n << 32n) - 1n;

const checkOf = (key: bigint, value: number): number =>
  checksum(Number(key & MASK), Number((key >> 32n) & MASK), value);

/** @param value a whole number from 1 to 2^32 - 1; 0 is the same as nothing */
export function seal(key: bigint, value: number): bigint {
  if (value === 0) return 0n;
  const word = (BigInt(checkOf(key, value)) << 32n) | BigInt(value >>> 0);
  return BigInt.asIntN(64, word);
}

/** What was sealed for this key; 0: nothing. */
export function unseal(key: bigint, word: bigint): number {
  const value = Number(word & MASK);
  return seal(key, value) === word ? value : 0;
}
