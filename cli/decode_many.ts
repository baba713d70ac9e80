/** `decode` for any number of files. */

import { readFile } from "../files/read_file.ts";
import { decodeCommand, type DecodeCommandOptions } from "./decode.ts";
import { ArgumentError } from "./errors.ts";
import { namesMany, planJobs } from "./inputs.ts";
import { interruptible } from "./interrupt.ts";
import { runMany } from "./many.ts";
import { takeShard } from "./shard.ts";

/** Decodes one file or many. */
export async function decodeInputs(inputs: readonly string[], options: DecodeCommandOptions): Promise<void> {
  if (inputs.length === 0) throw new ArgumentError("missing required argument 'inputs'");
  if (!namesMany(inputs)) return await decodeCommand(inputs[0], options);
  const plan = { extensions: [".chic"], outputExtension: ".png", outputFolder: options.output };
  const all = planJobs(inputs, plan);
  await interruptible((signal) =>
    runMany(options.shard ? takeShard(all, options.shard) : all, {
      ...{ jobs: options.jobs, log: options.log, quiet: options.quiet ?? false, signal },
      isComplete: isCompletePng,
      work: async ({ input, output }) => {
        await decodeCommand(input, { ...options, output: options.output && output, quiet: true });
        return { bytes: Deno.statSync(output).size };
      },
      columns: { bytes: String },
    })
  );
}

/** The chunk every PNG file ends with: length 0, "IEND", CRC. */
const LAST_CHUNK = Uint8Array.of(0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82);

async function isCompletePng(path: string): Promise<boolean> {
  const end = (await readFile(path)).subarray(-LAST_CHUNK.length);
  return end.length === LAST_CHUNK.length && end.every((byte, i) => byte === LAST_CHUNK[i]);
}
