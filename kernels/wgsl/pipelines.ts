/** Compiles shaders and creates pipelines, with the compiler's words and the source in the error if that fails. */

import { GpuError } from "../errors.ts";

/** A compute pipeline to create. */
export interface PipelineSource {
  readonly label: string;
  readonly code: string;
  /** Types of bindings 0, 1, ... of group 0. */
  readonly bindings: readonly GPUBufferBindingType[];
}

/** A pipeline with the layout of its one bind group. */
export interface Pipeline {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Creates a pipeline with entry point `main`. Throws a `GpuError` if the shader does not compile. */
export async function createPipeline(device: GPUDevice, source: PipelineSource): Promise<Pipeline> {
  const { label, code, bindings } = source;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label, code });
  const layout = device.createBindGroupLayout({
    label,
    entries: bindings.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
  });
  const pipeline = device.createComputePipeline({
    label,
    layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main" },
  });
  const error = await device.popErrorScope();
  if (error) throw new GpuError(await describe(source, module, error));
  return { label, pipeline, layout };
}

async function describe({ label, code }: PipelineSource, module: GPUShaderModule, error: GPUError): Promise<string> {
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter(({ type }) => type === "error");
  const words = errors.map(({ message, lineNum }) => `${message}\n${excerpt(code, lineNum)}`);
  return [`Cannot compile shader "${label}": ${error.message}`, ...words].join("\n");
}

/** The line with its neighbours, numbered. */
function excerpt(code: string, line: number): string {
  const from = Math.max(1, line - 2);
  return code.split("\n").slice(from - 1, line + 2)
    .map((text, i) => `${from + i === line ? ">" : " "} ${from + i} | ${text}`).join("\n");
}
