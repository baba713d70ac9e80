/** The one Deno that everything here is built with, tested with and shipped with. */

/** Also named in `.ci/run`, the README and the release workflow; a test compares them. */
export const DENO_VERSION = "2.9.6";

/** Throws an `Error` if another Deno runs this program: its runtime would go into the packages. */
export function checkDenoVersion(): void {
  if (Deno.version.deno === DENO_VERSION) return;
  throw new Error(`expected Deno ${DENO_VERSION} to build packages with, found ${Deno.version.deno}`);
}
