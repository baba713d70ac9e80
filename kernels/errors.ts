/** A GPU that is missing, lost, out of memory, or that refuses a shader. */
export class GpuError extends Error {
  /** Tells it from other errors where classes do not reach: across workers. */
  override name = "GpuError";
}
