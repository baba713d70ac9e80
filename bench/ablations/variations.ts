/**
 * The codec with one ingredient taken away at a time. An architecture that is no preset has no learned defaults either: its
 * partner is "no learned defaults".
 */

import { type EncodeOptions, type PresetName, PRESETS } from "../../mod.ts";

/** What an encode is given for a variation. */
export type Variation = Pick<EncodeOptions, "architecture" | "without">;

/** Name of the codec as it is. */
export const COMPLETE = "complete";

/** All variations by name, the complete codec first. */
export function variationsOf(preset: PresetName): ReadonlyMap<string, Variation> {
  const architecture = PRESETS[preset];
  return new Map<string, Variation>([
    [COMPLETE, {}],
    ["no hyper grids", { architecture: { ...architecture, hyperFirstLevel: 15 } }],
    ["no second planes", { architecture: { ...architecture, hyperFirstLevel: 4, hyperPlanes: 0 } }],
    ["no IFCE", { architecture: { ...architecture, ifceLevels: 0, ifceReach: 0 } }],
    ["IFCE without window", { architecture: { ...architecture, ifceReach: 0 } }],
    ["no stabilisers", { architecture: { ...architecture, armStabiliser: false, synthesisStabiliser: false } }],
    ["no learned defaults", { without: ["learnedDefaults"] }],
    ["no defaults of the synthesis", { without: ["synthesisDefaults"] }],
    ["no learned fields", { without: ["learnedFields"] }],
    ["no coarse start", { without: ["coarseStart"] }],
    ["no warm-up", { without: ["warmUp"] }],
    ["neither coarse start nor warm-up", { without: ["coarseStart", "warmUp"] }],
    ["Adam in place of SOAP", { without: ["soap"] }],
    ["no shares of the noise", { without: ["noiseShares"] }],
    ["no control of the noise", { without: ["noiseControl"] }],
    ["no network bits in the objective", { without: ["networkPrior"] }],
    ["no gradual quantisation", { without: ["gradualQuantisation"] }],
    ["no cancelling of errors", { without: ["errorCancelling"] }],
    ["no parameter search", { without: ["parameterSearch"] }],
    [
      "no network-bit work at all",
      { without: ["networkPrior", "gradualQuantisation", "errorCancelling", "parameterSearch"] },
    ],
    ["no restoration", { without: ["restoration"] }],
    ["no latent refinement", { without: ["latentRefinement"] }],
  ]);
}
