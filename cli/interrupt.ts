/** Ctrl-C as an `AbortSignal`. */

/** Exit code after Ctrl-C, as shells report it: 128 + SIGINT. */
export const INTERRUPT_EXIT_CODE = 130;

/** The user pressed Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor() {
    super("interrupted, nothing was written");
  }
}

/**
 * Runs `work` with a signal that Ctrl-C aborts. A second Ctrl-C ends the process at once, in case the work does not look
 * at its signal.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) Deno.exit(INTERRUPT_EXIT_CODE);
    controller.abort(new Interrupted());
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    // Work that was cut short may fail in any way; the reason is still the interrupt.
    controller.signal.throwIfAborted();
    throw error;
  } finally {
    Deno.removeSignalListener("SIGINT", onInterrupt);
  }
}
