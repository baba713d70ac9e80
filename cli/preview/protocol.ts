/** Which way of showing pictures a terminal understands, told by its environment. */

import type { ColourSet } from "./blocks.ts";

/** Ways of showing pictures. */
export const PROTOCOLS = ["auto", "kitty", "iterm", "sixel", "blocks"] as const;
/** A way of showing pictures; `auto` asks the environment. */
export type Protocol = typeof PROTOCOLS[number];

/** Environment variables. */
export type Environment = (name: string) => string | undefined;

/** The best way that is sure to work; text where the terminal is not known, or behind a multiplexer. */
export function detectProtocol(environment: Environment): Exclude<Protocol, "auto"> {
  const [terminal, program] = [environment("TERM") ?? "", environment("TERM_PROGRAM") ?? ""];
  // Their variables come from outside of the multiplexer, which does not pass pictures on.
  if (environment("TMUX") || environment("STY") || /^(screen|tmux)/.test(terminal)) return "blocks";
  if (terminal === "xterm-kitty" || terminal === "xterm-ghostty" || environment("KITTY_WINDOW_ID")) return "kitty";
  if (["iTerm.app", "WezTerm", "mintty"].includes(program)) return "iterm";
  return /sixel|^(foot|mlterm|contour|yaft)/.test(terminal) ? "sixel" : "blocks";
}

/** The colours of text on this terminal. */
export function detectColours(environment: Environment, noColour: boolean): ColourSet {
  if (noColour) return "none";
  return environment("TERM_PROGRAM") === "Apple_Terminal" ? "256" : "full";
}
