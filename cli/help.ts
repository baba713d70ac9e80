/** What `--help` shows besides the options. */

/** Columns of the help: it fits every terminal. */
export const HELP_COLUMNS = 79;

/** Examples of each command; the empty name stands for the program. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  "": `
Examples:
  chic encode photo.png
  chic decode photo.chic -o back.png
  chic encode photos -o coded --jobs 2
  chic COMMAND --help

Exit codes: 0 done, 2 bad input or arguments, 1 other failures, 130, 143 or 129
after Ctrl-C, SIGTERM or SIGHUP.`,
  encode: `
Examples:
  chic encode photo.png                         photo.chic, beside the input
  chic encode photo.png --quality 60            smaller or better: 1 to 100
  chic encode photo.png --bytes 20000           at most 20000 bytes
  chic encode photo.png --psnr 35 --time 5m     35 dB, within five minutes
  chic encode photo.png --checkpoint photo.tmp  goes on after a kill
  chic encode photos -o coded --log log.jsonl   a folder; skips what is done
  chic encode 'photos/**/*.png' -o coded --shard 2/5
  chic encode - < photo.jpg > photo.chic        stdin to stdout`,
  decode: `
Examples:
  chic decode photo.chic                        photo.png, beside the input
  chic decode photo.chic -o back.ppm            PPM; also .pgm, .pnm, .pam
  chic decode - < photo.chic > back.png         stdin to stdout
  chic decode coded -o pictures                 a folder; skips what is done
  chic decode damaged.chic --partial`,
  info: `
Examples:
  chic info photo.chic
  chic info photo.chic --json
  chic info photo.chic --latents latents        where the bits went`,
  compare: `
Examples:
  chic compare photo.png photo.chic
  chic compare photo.png photo.chic --diff difference.png`,
  view: `
Examples:
  chic view photo.chic
  chic view photo.jpg --protocol blocks --width 60`,
  doctor: `
Examples:
  chic doctor
  chic doctor --json`,
  completions: `
Examples:
  bash:  source <(chic completions bash)
  zsh:   source <(chic completions zsh)
  fish:  chic completions fish | source`,
};
