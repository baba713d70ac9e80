/** The assertions the tests use, with the names of `@std/assert`, over `node:assert/strict`. */

import assertStrict from "node:assert/strict";

/** Throws unless `condition` is truthy. */
export function assert(condition: unknown, message?: string): asserts condition {
  assertStrict.ok(condition, message);
}

/** Deep, strict equality. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  assertStrict.deepStrictEqual(actual, expected, message);
}

/** Not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  assertStrict.notDeepStrictEqual(actual, expected, message);
}

/** `|actual - expected| <= tolerance`. */
export function assertAlmostEquals(actual: number, expected: number, tolerance = 1e-7, message?: string): void {
  const near = Math.abs(actual - expected) <= tolerance;
  assertStrict.ok(near, message ?? `Expected ${expected} within ${tolerance}, received ${actual}`);
}

// deno-lint-ignore no-explicit-any
type Constructor<T> = abstract new (...args: any[]) => T;

/** The value is an instance of the class. */
export function assertInstanceOf<T>(value: unknown, type: Constructor<T>, message?: string): asserts value is T {
  assertStrict.ok(value instanceof type, message ?? `Expected an instance of ${type.name}, received ${value}`);
}

/** The text holds `part`. */
export function assertStringIncludes(text: string, part: string, message?: string): void {
  assertStrict.ok(text.includes(part), message ?? `Expected text with "${part}", received "${text}"`);
}

/** `fn` throws an instance of `type` whose message holds `part`; gives the error. */
export function assertThrows<T extends Error>(
  fn: () => unknown,
  type: Constructor<T> = Error as unknown as Constructor<T>,
  part = "",
): T {
  try {
    fn();
  } catch (error) {
    return checked(error, type, part);
  }
  throw new assertStrict.AssertionError({ message: `Expected ${type.name}, nothing was thrown` });
}

/** As `assertThrows`, for a promise that rejects. */
export async function assertRejects<T extends Error>(
  fn: () => PromiseLike<unknown>,
  type: Constructor<T> = Error as unknown as Constructor<T>,
  part = "",
): Promise<T> {
  try {
    await fn();
  } catch (error) {
    return checked(error, type, part);
  }
  throw new assertStrict.AssertionError({ message: `Expected ${type.name}, nothing was thrown` });
}

function checked<T extends Error>(error: unknown, type: Constructor<T>, part: string): T {
  assertInstanceOf(error, type);
  assertStringIncludes(error.message, part);
  return error;
}
