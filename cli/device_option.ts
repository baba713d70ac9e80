/** `--device`: our names, and those of PyTorch that scripts for the original program use. */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { DeviceChoice } from "../mod.ts";

const DEVICES: readonly string[] = ["auto", "cpu", "gpu"] satisfies DeviceChoice[];

/** A parser for `auto`, `cpu`, `gpu`, `cuda` or `cuda:0`; it throws commander's `InvalidArgumentError`. */
export function deviceOption(text: string): DeviceChoice {
  if (DEVICES.includes(text)) return text as DeviceChoice;
  if (/^cuda(:\d+)?$/.test(text)) return "gpu";
  throw new InvalidArgumentError("Allowed choices are auto, cpu, gpu, cuda:0.");
}
