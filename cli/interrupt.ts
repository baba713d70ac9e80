/** Ctrl-C, and requests to end from elsewhere, as an `AbortSignal`. */

/** Exit codes by signal, as shells report them: 128 + its number. Windows knows only the first. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type EndSignal = keyof typeof EXIT_CODES;
const SIGNALS: readonly EndSignal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];

/** The user pressed Ctrl-C, or the system wants the program to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  /** Exit code of the process. */
  readonly exitCode: number;

  constructor(signal: EndSignal) {
    super("interrupted, nothing was written");
    this.exitCode = EXIT_CODES[signal];
  }
}

/**
 * Runs `work` with a signal that Ctrl-C aborts (so do SIGTERM and SIGHUP). A second Ctrl-C ends the process at once, in case the work does not look
 * at its signal.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
  const controller = new AbortController();
  const listeners = SIGNALS.map((signal) => {
    const listener = () => {
      if (controller.signal.aborted) Deno.exit(EXIT_CODES[signal]);
      controller.abort(new Interrupted(signal));
    };
    return { signal, listener };
  });
  for (const { signal, listener } of listeners) Deno.addSignalListener(signal, listener);
  try {
    return await work(controller.signal);
  } catch (error) {
    // Work that was cut short may fail in any way; the reason is still the interrupt.
    controller.signal.throwIfAborted();
    throw error;
  } finally {
    for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
  }
}

/** Waits for `work`, which knows of no signal, unless that is aborted before; throws the signal's reason then. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
