/** `encode`: from a picture file to a `.chic` file. */

import { readImage } from "../files/read_file.ts";
import { inputName, outputName } from "../files/streams.ts";
import { writeFile } from "../files/write_file.ts";
import { type AlphaChoice, type DeviceChoice, encode, type EncodeReport, type PresetName } from "../mod.ts";
import { naming } from "./errors.ts";
import { interruptible } from "./interrupt.ts";
import { chooseOutput } from "./paths.ts";
import { printMessage, printResult } from "./print.ts";
import { openProgress } from "./progress.ts";
import { quietVulkan } from "./quiet_vulkan.ts";
import { bppText, jsonPsnrDb, psnrText, secondsText } from "./words.ts";

/** Options of the command. */
export interface EncodeCommandOptions {
  readonly output?: string | undefined;
  readonly lambda: number;
  readonly preset: PresetName;
  readonly iterations: number;
  readonly seed: number;
  readonly device: DeviceChoice;
  readonly threads: number;
  readonly alpha: AlphaChoice;
  readonly strip?: true | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

/** Encodes `input`; prints the result on stdout. */
export async function encodeCommand(input: string, options: EncodeCommandOptions): Promise<void> {
  const [from, onWarning] = [
    inputName(input),
    (message: string) => printMessage(`warning: ${inputName(input)}: ${message}`),
  ];
  const { metadata, ...picture } = await readImage(input, onWarning);
  const image = options.strip || !metadata ? picture : { ...picture, metadata };
  quietVulkan();
  const output = chooseOutput({ input, output: options.output, extension: ".chic" });
  const { lambda, preset, iterations, seed, device, threads, alpha } = options;
  const report = await interruptible(async (signal) => {
    using progress = openProgress(options.quiet ? "none" : "stderr");
    const hooks = { signal, onProgress: progress.update, onWarning };
    const settings = { lambda, preset, iterations, seed, device, threads, alpha, ...hooks };
    const result = await naming(from, () => encode(image, settings));
    signal.throwIfAborted();
    writeFile(output, result.bytes);
    return result.report;
  });
  const names = { input: from, output: outputName(output) };
  if (options.json) printResult(output, JSON.stringify(toJson(report, names)));
  else if (!options.quiet) printResult(output, toWords(report, names));
}

/** Files of an encode. */
interface Files {
  readonly input: string;
  readonly output: string;
}

function toJson(report: EncodeReport, { input, output }: Files): Record<string, string | number> {
  return {
    ...{ input, output, width: report.width, height: report.height, bytes: report.bytes, bpp: report.bpp },
    psnr_db: jsonPsnrDb(report.psnrDb),
    rate_latent_bpp: report.rateLatentBpp,
    rate_network_bpp: report.rateNetworkBpp,
    ...{ iterations: report.iterations, seconds: report.seconds, device: report.device },
    ...{ preset: report.preset, lambda: report.lambda, seed: report.seed },
  };
}

function toWords(report: EncodeReport, { input, output }: Files): string {
  const size = `${report.bytes} bytes, ${bppText(report.bpp)}, ${psnrText(report.psnrDb)}`;
  const effort = `${report.iterations} iterations in ${secondsText(report.seconds)} on ${report.device}`;
  return `${input} -> ${output}: ${size}; ${effort}`;
}
