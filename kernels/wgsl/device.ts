/** Finding a GPU and opening it. */

import { GpuError } from "../errors.ts";

/** Which adapters count. */
export interface AdapterChoices {
  /** Also takes drivers that compute on the CPU: for tests. */
  readonly allowSoftware?: boolean;
}

/** Names of drivers that compute on the CPU. */
const SOFTWARE = /llvmpipe|lavapipe|softpipe|swiftshader|swrast|basic render|software|\bcpu\b/i;

/** What tells a software adapter from a GPU. */
export type AdapterWords = Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description"> & {
  readonly isFallbackAdapter?: boolean;
};

/** Whether an adapter is a driver that computes on the CPU: slower than our own CPU back-end. */
export function isSoftware(info: AdapterWords): boolean {
  return info.isFallbackAdapter === true ||
    [info.vendor, info.architecture, info.device, info.description].some((words) => SOFTWARE.test(words));
}

/** The GPU of this machine, or undefined if there is none. */
export async function findAdapter({ allowSoftware = false }: AdapterChoices = {}): Promise<GPUAdapter | undefined> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  return adapter && (allowSoftware || !isSoftware(adapter.info)) ? adapter : undefined;
}

/** As `findAdapter`; throws a `GpuError` that says what to install if there is none. */
export async function requireAdapter(choices: AdapterChoices = {}): Promise<GPUAdapter> {
  const adapter = await findAdapter(choices);
  if (adapter) return adapter;
  const software = choices.allowSoftware ? undefined : await findAdapter({ allowSoftware: true });
  const found = software ? `only the software adapter "${adapterName(software.info)}"` : "none";
  throw new GpuError(
    `Cannot use the GPU: expected an adapter, found ${found}; install the GPU's driver and the Vulkan loader ` +
      "(Linux: packages libvulkan1 and the vendor's Vulkan driver), or use --device cpu",
  );
}

/** What an adapter calls itself. */
export function adapterName(info: AdapterWords): string {
  return info.description || info.device || info.architecture || info.vendor || "unnamed";
}

/** Sizes that must be within the device's limits. */
export interface DeviceNeeds {
  readonly storageBytes: number;
  readonly uniformBytes: number;
  readonly workgroupBytes: number;
  readonly storageBuffers: number;
  /** Asks for timestamps, if the adapter has them. */
  readonly timestamps: boolean;
}

/** Largest buffer that one binding can hold. */
export function maxBindingBytes({ limits }: GPUAdapter): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

/** Opens a device with just the limits that are needed. Throws a `GpuError` where the adapter has less. */
export async function openDevice(adapter: GPUAdapter, needs: DeviceNeeds): Promise<GPUDevice> {
  const requiredLimits = {
    maxStorageBufferBindingSize: needs.storageBytes,
    maxBufferSize: needs.storageBytes,
    maxUniformBufferBindingSize: needs.uniformBytes,
    maxComputeWorkgroupStorageSize: needs.workgroupBytes,
    maxStorageBuffersPerShaderStage: needs.storageBuffers,
  };
  const raised: Record<string, number> = {};
  for (const [name, needed] of Object.entries(requiredLimits)) {
    const offered = adapter.limits[name as keyof typeof requiredLimits];
    if (offered < needed) {
      throw new GpuError(
        `Cannot use the GPU "${
          adapterName(adapter.info)
        }": expected ${name} of at least ${needed}, it has ${offered}; ` +
          "use --device cpu or a smaller image",
      );
    }
    // Limits below the standard's defaults are there anyway, and some implementations refuse to lower them.
    raised[name] = Math.min(offered, Math.max(needed, DEFAULT_LIMITS[name as keyof typeof requiredLimits]));
  }
  const timestamps = needs.timestamps && adapter.features.has("timestamp-query");
  const device = await adapter.requestDevice({
    label: "chic",
    requiredLimits: raised,
    requiredFeatures: timestamps ? ["timestamp-query"] : [],
  });
  return device;
}

/** The standard's defaults. */
const DEFAULT_LIMITS = {
  maxStorageBufferBindingSize: 128 << 20,
  maxBufferSize: 256 << 20,
  maxUniformBufferBindingSize: 65536,
  maxComputeWorkgroupStorageSize: 16384,
  maxStorageBuffersPerShaderStage: 8,
} as const;
