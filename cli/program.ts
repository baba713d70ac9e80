/** The commands and their options, as the user sees them. */

import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import { MAX_THREADS } from "../mod.ts";
import { compareCommand } from "./compare.ts";
import { completionsText, SHELLS } from "./completions.ts";
import { decodeInputs } from "./decode_many.ts";
import { doctorCommand } from "./doctor.ts";
import { encodeCommand } from "./encode.ts";
import { encodeCommandLine } from "./encode_options.ts";
import { ArgumentError, exitCodeOf, INPUT_EXIT_CODE, oneLine } from "./errors.ts";
import { EXAMPLES, HELP_COLUMNS } from "./help.ts";
import { infoCommand } from "./info.ts";
import { numberOption } from "./numbers.ts";
import { PROTOCOLS } from "./preview/protocol.ts";
import { printLine, printMessage } from "./print.ts";
import { FORCE_HELP } from "./safe_output.ts";
import { shardOption } from "./shard.ts";
import { VERSION } from "./version.ts";
import { viewCommand } from "./view.ts";

const DECODERS = ["auto", "wasm", "plain"] as const;

/** Runs one command; gives the exit code of the process. Whatever goes wrong ends in one line on stderr. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const program = buildProgram();
  try {
    if (args.length === 0) {
      // Commander would print all of its help on stderr.
      const names = program.commands.map((command) => command.name());
      throw new ArgumentError(`expected a command (${names.slice(0, -1).join(", ")} or ${names.at(-1)}), found none`);
    }
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has printed its own message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : INPUT_EXIT_CODE;
    printError(error instanceof Error ? error.message : String(error));
    return exitCodeOf(error);
  }
}

/** All commands, ready to parse. */
export function buildProgram(): Command {
  const program = new Command("chic")
    .description("Neural image codec: fits a small decoder to one picture")
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      outputError: printError,
      getOutHelpWidth: () => HELP_COLUMNS,
      getErrHelpWidth: () => HELP_COLUMNS,
    })
    .helpCommand(false)
    .showSuggestionAfterError();
  program.addCommand(encodeCommandLine(encodeCommand).copyInheritedSettings(program));
  addDecode(program);
  addInfo(program);
  addCompare(program);
  addView(program);
  addDoctor(program);
  addCompletions(program);
  program.addHelpText("after", EXAMPLES[""]);
  for (const command of program.commands) command.addHelpText("after", EXAMPLES[command.name()]);
  return program;
}

function addDecode(program: Command) {
  program.command("decode")
    .description("Decode .chic files")
    .argument("[inputs...]", "files, folders, or patterns such as '*.chic'; -: stdin")
    .option(
      "-o, --output <path>",
      "PNG, PPM, PGM or PAM file, or folder, to write (default: beside the input, .png); -: stdout",
    )
    .addOption(
      new Option("--decoder <kind>", "WebAssembly or its plain twin: the same pixels").choices(DECODERS).default(
        "auto" as const,
      ),
    )
    .option(
      "--threads <count>",
      "CPU threads; 0: one per core for pictures from 2 megapixels, else one",
      numberOption({ min: 0, max: MAX_THREADS, integer: true }),
      0,
    )
    .option("--partial", "write what a file that is cut short or damaged still shows")
    .option("--force", FORCE_HELP)
    .option("--jobs <count>", "files at a time", numberOption({ min: 1, max: 64, integer: true }), 1)
    .option("--log <file>", "append one JSON object per file")
    .option("--shard <i/n>", "only every n-th file, from the i-th on", shardOption)
    .option("--quiet", "no summary")
    .action((inputs, options) => decodeInputs(inputs, options));
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

function addDoctor(program: Command) {
  program.command("doctor")
    .description("Say what this machine offers, and what is missing")
    .option("--json", "as one JSON object")
    .action((options) => doctorCommand(options));
}

function addCompletions(program: Command) {
  const shell = program.createArgument("<shell>", "shell to complete commands in").choices(SHELLS);
  program.command("completions")
    .description("Print a script that completes commands in a shell")
    .addArgument(shell)
    .action((name) => printLine(completionsText(program, name as typeof SHELLS[number])));
}

/** Commander puts its suggestions on a line of their own; ours is one line whatever a file name holds. */
function printError(message: string): void {
  printMessage(`chic: ${oneLine(message.replace(/^error: /, ""))}`);
}
