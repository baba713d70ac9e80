/**
 * A neural image codec by overfitting: `encode` fits a small decoder to one picture, `decode` runs it.
 *
 * The decoder alone, without any Deno, Node or GPU dependency, is the export `./decode`.
 *
 * @module
 */

export {
  type Architecture,
  type ArmLayer,
  type LatentGrid,
  PRESET_NAMES,
  type PresetName,
  PRESETS,
  type SynthesisLayer,
} from "./bitstream/architecture.ts";
export {
  decode,
  type DecodeLimits,
  type DecodeOptions,
  decodePartial,
  type DecoderChoice,
  DEFAULT_LIMITS,
  type PartialImage,
} from "./codec/decode.ts";
export { decodeParallel, decodeThreads, type ParallelDecodeOptions } from "./codec/decode_parallel.ts";
export { BitstreamError, LimitError } from "./bitstream/errors.ts";
export { createEncoder, encode, type Encoder, type Picture } from "./library/encoder.ts";
export { PictureError } from "./files/errors.ts";
export { CheckpointError } from "./codec/checkpoint.ts";
export type { Complexity } from "./bitstream/complexity.ts";
export {
  type Image,
  interleaveAlpha,
  isOpaque,
  type Metadata,
  type MetadataName,
  newSamples,
  type SampleArray,
  splitAlpha,
} from "./codec/image.ts";
export { bitMap, type LatentBits, type PricedGrid, priceLatents } from "./codec/latent_bits.ts";
export type { AlphaChoice } from "./codec/prepare_image.ts";
export { type FileInfo, readInfo } from "./codec/info.ts";
export { alphaPsnrDb, psnrDb } from "./codec/metrics.ts";
export { msSsim, ssim } from "./codec/ssim.ts";
export { contextsOf, PLAIN_DEFAULTS, plainArchitecture, type PlainSizes } from "./codec/plain_architecture.ts";
export { type AdapterReport, inspectMachine, type MachineReport } from "./codec/machine.ts";
export { qualityToLambda } from "./codec/quality.ts";
export type { EncodeTarget } from "./codec/target.ts";
export {
  type CheckpointStore,
  type DeviceChoice,
  type Effort,
  type EffortName,
  EFFORTS,
  ENCODE_DEFAULTS,
  type EncodeOptions,
  type EncodeProgress,
  type EncodeReport,
  type EncodeResult,
  type Ingredient,
  INGREDIENTS,
  PRESET_CHOICES,
} from "./codec/options.ts";
export { MAX_MEMORY_BYTES } from "./kernels/wasm/assembler.ts";
export { MAX_THREADS } from "./kernels/wasm/max_threads.ts";
export { GpuError } from "./kernels/errors.ts";
export type { SectionBytes } from "./bitstream/write.ts";
