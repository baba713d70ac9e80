/** Architectures in the header: preset numbers, field by field descriptions, and what makes one valid. */

import { type Architecture, planeCount, PRESET_NAMES, type PresetName, PRESETS } from "./architecture.ts";
import {
  ARCHITECTURE_FIELDS,
  ARM_LAYER_FIELDS,
  type FieldReader,
  FieldWriter,
  SYNTHESIS_LAYER_FIELDS,
} from "./header_fields.ts";

/** Writes an architecture field by field, padded to a byte. Throws a `RangeError` for a size out of range. */
export function writeArchitecture(writer: FieldWriter, arch: Architecture): void {
  writer.write(ARCHITECTURE_FIELDS, {
    ...arch,
    armStabiliser: Number(arch.armStabiliser),
    synthesisStabiliser: Number(arch.synthesisStabiliser),
    armLayers: arch.armLayers.length,
    synthesisLayers: arch.synthesis.length,
  });
  for (const { outputs, residual } of arch.armLayers) {
    writer.write(ARM_LAYER_FIELDS, { outputs, residual: Number(residual) });
  }
  for (const { outputs, kernel, residual, relu } of arch.synthesis) {
    const kernel3x3 = Number(kernel === 3);
    writer.write(SYNTHESIS_LAYER_FIELDS, { outputs, kernel3x3, residual: Number(residual), relu: Number(relu) });
  }
  writer.align();
}

/** Reads what `writeArchitecture` wrote. Throws a `BitstreamError`. */
export function readArchitecture(reader: FieldReader): Architecture {
  const fields = reader.read(ARCHITECTURE_FIELDS);
  const armLayers = Array.from({ length: fields.armLayers }, () => {
    const { outputs, residual } = reader.read(ARM_LAYER_FIELDS);
    return { outputs, residual: residual === 1 };
  });
  const synthesis = Array.from({ length: fields.synthesisLayers }, () => {
    const { outputs, kernel3x3, residual, relu } = reader.read(SYNTHESIS_LAYER_FIELDS);
    return { outputs, kernel: kernel3x3 === 1 ? 3 as const : 1 as const, residual: residual === 1, relu: relu === 1 };
  });
  reader.align();
  return {
    contexts: fields.contexts,
    features: fields.features,
    ifceLevels: fields.ifceLevels,
    ifceReach: fields.ifceReach,
    armLayers,
    armStabiliser: fields.armStabiliser === 1,
    hyperFirstLevel: fields.hyperFirstLevel,
    hyperPlanes: fields.hyperPlanes,
    synthesis,
    synthesisStabiliser: fields.synthesisStabiliser === 1,
  };
}

/** The preset that equals this architecture, if there is one. */
export function presetOf(arch: Architecture): PresetName | undefined {
  const bytes = architectureBytes(arch);
  return PRESET_NAMES.find((name) => architectureBytes(PRESETS[name]) === bytes);
}

function architectureBytes(arch: Architecture): string {
  const writer = new FieldWriter();
  writeArchitecture(writer, arch);
  return writer.bytes.join();
}

/**
 * What is wrong with an architecture whose sizes are all in range, for an image of `channels` channels and latent levels up to
 * `topLevel`; `undefined` if it can be decoded.
 */
export function architectureFault(
  arch: Architecture,
  { channels, topLevel }: { channels: number; topLevel: number },
): string | undefined {
  let width = arch.contexts + arch.features;
  for (const { outputs, residual } of arch.armLayers) {
    if (residual && outputs !== width) return `a residual ARM layer of ${width} inputs has ${outputs} outputs`;
    width = outputs;
  }
  let planes = planeCount(arch, { topLevel });
  for (const layer of arch.synthesis) {
    const outputs = layer.outputs || channels;
    if (layer.residual && outputs !== planes) return `a residual synthesis layer of ${planes} planes has ${outputs}`;
    planes = outputs;
  }
  const last = arch.synthesis[arch.synthesis.length - 1];
  if (last.outputs !== 0) return `the last synthesis layer has ${last.outputs} outputs, not those of the image`;
  return last.relu ? "the last synthesis layer has a ReLU" : undefined;
}
