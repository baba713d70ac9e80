/** The commands and their options, as the user sees them. */

import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import { ENCODE_DEFAULTS, PRESET_NAMES } from "../mod.ts";
import { compareCommand } from "./compare.ts";
import { decodeCommand } from "./decode.ts";
import { encodeCommand } from "./encode.ts";
import { ArgumentError, exitCodeOf, INPUT_EXIT_CODE, oneLine } from "./errors.ts";
import { infoCommand } from "./info.ts";
import { numberOption } from "./numbers.ts";
import { PROTOCOLS } from "./preview/protocol.ts";
import { printMessage } from "./print.ts";
import { viewCommand } from "./view.ts";

const DEVICES = ["auto", "cpu", "gpu"] as const;
const ALPHAS = ["lossless", "lossy"] as const;
const DECODERS = ["auto", "wasm", "plain"] as const;

/** Runs one command; gives the exit code of the process. Whatever goes wrong ends in one line on stderr. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  try {
    // Commander would print all of its help on stderr.
    if (args.length === 0) {
      throw new ArgumentError("expected a command (encode, decode, info, compare or view), found none");
    }
    await buildProgram().parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has printed its own message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : INPUT_EXIT_CODE;
    printError(error instanceof Error ? error.message : String(error));
    return exitCodeOf(error);
  }
}

function buildProgram() {
  const program = new Command("chic")
    .description("Neural image codec: fits a small decoder to one picture")
    .version("0.1.0")
    .exitOverride()
    .configureOutput({ outputError: printError })
    .helpCommand(false)
    .showSuggestionAfterError();
  addEncode(program);
  addDecode(program);
  addInfo(program);
  addCompare(program);
  addView(program);
  return program;
}

function addEncode(program: Command) {
  program.command("encode")
    .description("Encode a picture")
    .argument("<input>", "picture: PNG, JPEG, PPM, PGM, PBM or PAM; -: stdin")
    .option("-o, --output <file>", "file to write (default: beside the input, .chic); -: stdout")
    .option(
      "--lmbda, --lambda <price>",
      "price of a bit, 1e-6 to 10: higher makes smaller files",
      numberOption({ min: 1e-6, max: 10 }),
      ENCODE_DEFAULTS.lambda,
    )
    .addOption(
      new Option("--preset <size>", "size of the decoder").choices(PRESET_NAMES).default(ENCODE_DEFAULTS.preset),
    )
    .option(
      "--iterations <count>",
      "training iterations",
      numberOption({ min: 1, max: 10_000_000, integer: true }),
      ENCODE_DEFAULTS.iterations,
    )
    .option(
      "--seed <number>",
      "seed of all randomness",
      numberOption({ min: 0, max: 2 ** 32 - 1, integer: true }),
      ENCODE_DEFAULTS.seed,
    )
    .addOption(new Option("--device <kind>", "where to train").choices(DEVICES).default(ENCODE_DEFAULTS.device))
    .option(
      "--threads <count>",
      "CPU threads; 0: one per core",
      numberOption({ min: 0, max: 256, integer: true }),
      ENCODE_DEFAULTS.threads,
    )
    .addOption(
      new Option("--alpha <kind>", "transparency, exactly or like the colours").choices(ALPHAS).default(
        ENCODE_DEFAULTS.alpha,
      ),
    )
    .option("--strip", "leave out colour profile, Exif and XMP")
    .option("--json", "print the result as one JSON object on stdout")
    .option("--quiet", "no progress and no summary")
    .action((input, options) => encodeCommand(input, options));
}

function addDecode(program: Command) {
  program.command("decode")
    .description("Decode a .chic file")
    .argument("<input>", "file to decode; -: stdin")
    .option("-o, --output <file>", "PNG, PPM, PGM or PAM file to write (default: beside the input, .png); -: stdout")
    .addOption(
      new Option("--decoder <kind>", "WebAssembly or its plain twin: the same pixels").choices(DECODERS).default(
        "auto",
      ),
    )
    .option(
      "--threads <count>",
      "CPU threads; 0: one per core for pictures from 2 megapixels, else one",
      numberOption({ min: 0, max: 64, integer: true }),
      0,
    )
    .option("--partial", "write what a file that is cut short or damaged still shows")
    .option("--quiet", "no summary")
    .action((input, options) => decodeCommand(input, options));
}

function addInfo(program: Command) {
  program.command("info")
    .description("Say what is in a .chic file")
    .argument("<input>", "file to describe; -: stdin")
    .option("--latents <folder>", "write pictures of the latents and of where the bits went")
    .option("--json", "as one JSON object")
    .action((input, options) => infoCommand(input, options));
}

function addCompare(program: Command) {
  program.command("compare")
    .description("Say how far two pictures are from each other")
    .argument("<first>", "picture or .chic file; -: stdin")
    .argument("<second>", "picture or .chic file; -: stdin")
    .option("--diff <file>", "picture of the differences to write: gray where equal")
    .option("--gain <factor>", "how much --diff exaggerates", numberOption({ min: 0.001, max: 65535 }), 4)
    .option("--json", "as one JSON object")
    .action((first, second, options) => compareCommand(first, second, options));
}

function addView(program: Command) {
  program.command("view")
    .description("Show a picture or a .chic file in the terminal")
    .argument("<input>", "picture or .chic file; -: stdin")
    .addOption(new Option("--protocol <kind>", "how to show it").choices(PROTOCOLS).default("auto" as const))
    .option(
      "--width <columns>",
      "how wide (default: as the terminal)",
      numberOption({ min: 1, max: 1000, integer: true }),
    )
    .option("--force", "even if stdout is no terminal")
    .action((input, options) => viewCommand(input, options));
}

/** Commander puts its suggestions on a line of their own; ours is one line whatever a file name holds. */
function printError(message: string): void {
  printMessage(`chic: ${oneLine(message.replace(/^error: /, ""))}`);
}
