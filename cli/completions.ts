/** Scripts that let a shell complete commands, options and their choices, made from the definition of the commands. */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** Shells that a script can be made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One option as a shell sees it. */
interface Word {
  readonly names: readonly string[];
  readonly description: string;
  /** What may follow; undefined where nothing does, empty where anything may (files). */
  readonly values: readonly string[] | undefined;
}

interface Completed {
  readonly name: string;
  readonly description: string;
  readonly words: readonly Word[];
}

/** The script for a shell. */
export function completionsText(program: CommandUnknownOpts, shell: typeof SHELLS[number]): string {
  const commands = program.commands.map(describe);
  return { bash: bashText, zsh: zshText, fish: fishText }[shell](program.name(), commands);
}

function describe(command: CommandUnknownOpts): Completed {
  const words = command.options.map((option): Word => ({
    // Commander holds the second long name of an option as its long name.
    names: option.flags.match(/--?[\w-]+/g) ?? [],
    description: option.description.replaceAll("\n", " "),
    values: option.required ? option.argChoices ?? [] : undefined,
  }));
  const help: Word = { names: ["-h", "--help"], description: "display help", values: undefined };
  return { name: command.name(), description: command.description(), words: [...words, help] };
}

function bashText(program: string, commands: readonly Completed[]): string {
  const choices = commands.flatMap(({ name, words }) =>
    words.filter(({ values }) => values?.length).map(({ names, values }) =>
      names.map((option) =>
        `    ${name}:${option}) COMPREPLY=($(compgen -W '${values!.join(" ")}' -- "$word")); return ;;`
      )
        .join("\n")
    )
  );
  const options = commands.map(({ name, words }) =>
    `    ${name}) words='${words.flatMap(({ names }) => names).join(" ")}' ;;`
  );
  return `_${program}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(" ")}' -- "$word")); return
  fi
  case "\${COMP_WORDS[1]}:$previous" in
${choices.join("\n")}
  esac
  case "\${COMP_WORDS[1]}" in
${options.join("\n")}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -o filenames -F _${program} ${program}`;
}

function zshText(program: string, commands: readonly Completed[]): string {
  const quote = (text: string) => text.replace(/'/g, "'\\''");
  const plain = (text: string) => quote(text).replace(/[[\]:]/g, "\\$&");
  const spec = ({ names, description, values }: Word) =>
    names.map((name) => {
      const argument = values === undefined ? "" : values.length > 0 ? `:value:(${values.join(" ")})` : ":value:_files";
      return `'${name}[${plain(description)}]${argument}'`;
    }).join(" ");
  const cases = commands.map(({ name, words }) =>
    `    ${name}) _arguments ${words.map(spec).join(" ")} '*:file:_files' ;;`
  );
  const list = commands.map(({ name, description }) => `'${name}:${plain(description)}'`).join(" ");
  return `#compdef ${program}
_${program}() {
  if (( CURRENT == 2 )); then
    local -a commands=(${list})
    _describe command commands
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join("\n")}
  esac
}
compdef _${program} ${program}`;
}

function fishText(program: string, commands: readonly Completed[]): string {
  const quote = (text: string) => `'${text.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;
  const lines = commands.flatMap(({ name, description, words }) => [
    `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quote(description)}`,
    ...words.map(({ names, description: about, values }) => {
      const flags = names.map((flag) => flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`).join(
        " ",
      );
      const argument = values === undefined ? "" : values.length > 0 ? ` -x -a ${quote(values.join(" "))}` : " -r";
      return `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' ${flags}${argument} -d ${quote(about)}`;
    }),
  ]);
  return lines.join("\n");
}
