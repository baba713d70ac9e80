/** The integer half of the codec in two versions that give the same bytes: plain TypeScript, and WebAssembly. */

import { type LatentPredictor, predictLatents } from "../bitstream/latents.ts";
import { type LatentDecoder, plainLatentDecoder } from "../bitstream/read.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import type { Restoration } from "../bitstream/restoration.ts";
import { decodeLatentsFast, predictLatentsFast } from "./fast_decode/fast_latents.ts";
import { reconstructFast } from "./fast_decode/fast_reconstruct.ts";
import { restoreFast } from "./fast_decode/fast_restore.ts";
import { hasWasmSimd } from "./fast_decode/wasm_simd.ts";
import type { Image } from "./image.ts";
import { reconstruct } from "./reconstruct.ts";
import { restore } from "./reconstruct/restoration.ts";

/** `auto`: WebAssembly where the engine has its SIMD instructions, else the plain twin. */
export type DecoderChoice = "auto" | "wasm" | "plain";

/** What decoding and writing a file compute. */
export interface IntegerBackend {
  readonly name: "wasm" | "plain";
  readonly latentDecoder: LatentDecoder;
  readonly latentPredictor: LatentPredictor;
  readonly reconstruct: (model: QuantisedModel) => Image;
  /** The last part of `reconstruct`, where a model has a filter. */
  readonly restore: (fine: Image, restoration: Restoration, bitDepth: number) => Image;
}

const PLAIN: IntegerBackend = {
  name: "plain",
  latentDecoder: plainLatentDecoder,
  latentPredictor: predictLatents,
  reconstruct,
  restore,
};

const WASM: IntegerBackend = {
  name: "wasm",
  latentDecoder: decodeLatentsFast,
  latentPredictor: predictLatentsFast,
  reconstruct: reconstructFast,
  restore: restoreFast,
};

/** The back-end of that name. Throws a `RangeError` if WebAssembly is asked for and the engine lacks its SIMD part. */
export function integerBackend(choice: DecoderChoice = "auto"): IntegerBackend {
  if (choice === "plain") return PLAIN;
  if (hasWasmSimd()) return WASM;
  if (choice === "wasm") throw new RangeError("Cannot decode with WebAssembly: this engine has no 128-bit SIMD");
  return PLAIN;
}
