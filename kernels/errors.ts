/** A GPU that is missing, lost, out of memory, or that refuses a shader. */
export class GpuError extends Error {
  override name = "GpuError";
}
