/**
 * A training on disk: enough to go on from, and enough to tell whether it is the training that is asked for.
 *
 * Layout: the line `chic checkpoint 3`, a line with the CRC-32 of the rest in hex, a line of JSON (`Header`); then
 * parameters and latents as little-endian float32.
 */

import { crc32, pixelChecksum } from "../bitstream/checksum.ts";
import { concatenate } from "../bitstream/concatenate.ts";
import type { Graph } from "../kernels/graph.ts";
import type { Image } from "./image.ts";
import type { TrainingState } from "./training_state.ts";

/** A checkpoint that cannot be used: damaged, or of another picture or other settings. */
export class CheckpointError extends Error {
  /** Tells it from other errors. */
  override readonly name = "CheckpointError";
}

/** Settings that decide what is trained, by name. */
export type CheckpointSettings = Readonly<Record<string, string | number | boolean>>;

/** How far a training is. */
export interface TrainingPosition {
  /** Iterations of the warm-up, all done. */
  readonly warmUp: number;
  /** Iterations after the warm-up, and how many of them are done. */
  readonly iterations: number;
  readonly done: number;
  readonly lambda: number;
  /** Factor of the noise, see `ScheduleOptions`. */
  readonly noiseScale?: number | undefined;
  /** Time taken so far, in seconds. */
  readonly seconds: number;
}

/** A training that can go on. */
export interface Checkpoint {
  readonly settings: CheckpointSettings;
  /** See `pictureIdentity`. */
  readonly picture: string;
  readonly position: TrainingPosition;
  readonly state: TrainingState;
}

interface Header extends Omit<Checkpoint, "state"> {
  /** Floats of the parameters, then of each latent plane. */
  readonly lengths: readonly number[];
}

const FIRST_LINE = "chic checkpoint 3";

/** The bytes of a checkpoint. */
export function writeCheckpoint({ state, ...fields }: Checkpoint): Uint8Array {
  const arrays = [state.parameters, ...state.latents];
  const body = new Uint8Array(4 * arrays.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(body.buffer);
  let at = 0;
  for (const array of arrays) {
    for (const value of array) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  const header: Header = { ...fields, lengths: arrays.map(({ length }) => length) };
  const rest = concatenate([new TextEncoder().encode(`${JSON.stringify(header)}\n`), body]);
  return concatenate([new TextEncoder().encode(`${FIRST_LINE}\n${crc32(rest).toString(16)}\n`), rest]);
}

/** Reads what `writeCheckpoint` wrote. Throws a `CheckpointError` for anything else. */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const [first, checksum, json] = firstLines(bytes, 3);
  if (first?.text !== FIRST_LINE) {
    throw new CheckpointError(`expected a checkpoint ("${FIRST_LINE}"), found another file`);
  }
  if (!json || crc32(bytes.subarray(checksum.end)) !== parseInt(checksum.text, 16)) {
    throw new CheckpointError("expected a whole checkpoint, found a damaged one");
  }
  const { lengths, ...fields } = JSON.parse(json.text) as Header;
  const body = bytes.subarray(json.end);
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  let at = 0;
  const [parameters, ...latents] = lengths.map((length) =>
    Float32Array.from({ length }, () => {
      const value = view.getFloat32(at, true);
      at += 4;
      return value;
    })
  );
  return { ...fields, state: { parameters, latents } };
}

/** Size, depth and CRC-32 of the samples, which alone do not tell a picture: rows may be longer or shorter. */
export function pictureIdentity({ width, height, channels, bitDepth, data }: Image): string {
  return `${width}x${height}x${channels}, ${bitDepth} bits, ${pixelChecksum(data).toString(16)}`;
}

/** Throws a `CheckpointError` that names the difference, unless the checkpoint is of that picture and those settings. */
export function checkSameTraining(
  found: Pick<Checkpoint, "settings" | "picture">,
  expected: Pick<Checkpoint, "settings" | "picture">,
): void {
  const names = new Set([...Object.keys(expected.settings), ...Object.keys(found.settings)]);
  for (const name of names) {
    const [a, b] = [expected.settings[name], found.settings[name]].map((value) => value ?? "none");
    if (a !== b) throw new CheckpointError(`expected a checkpoint with ${name} ${a}, found one with ${name} ${b}`);
  }
  if (found.picture !== expected.picture) {
    throw new CheckpointError("expected a checkpoint of this picture, found one of another picture");
  }
}

/** Throws a `CheckpointError` if a decoder of another shape was trained: that of another version of the program. */
export function checkSameShape(
  { parameters, latents }: TrainingState,
  { parameterCount, planes, ...graph }: Graph,
): void {
  const [found, expected] = [
    [parameters.length, ...latents.map(({ length }) => length)],
    [parameterCount, ...graph.latents.map((plane) => planes[plane].width * planes[plane].height)],
  ].map((lengths) => lengths.join(", "));
  if (found === expected) return;
  throw new CheckpointError(`expected a checkpoint of a decoder of the sizes ${expected}, found one of ${found}`);
}

/** The first lines of a file, each with the offset of the byte after it; fewer where the file has no more. */
function firstLines(bytes: Uint8Array, count: number): { text: string; end: number }[] {
  const lines: { text: string; end: number }[] = [];
  let start = 0;
  while (lines.length < count) {
    const end = bytes.indexOf(10, start);
    if (end < 0) break;
    lines.push({ text: new TextDecoder().decode(bytes.subarray(start, end)), end: end + 1 });
    start = end + 1;
  }
  return lines;
}
