/** Which settings make two trainings different ones. */

import type { CheckpointSettings } from "./checkpoint.ts";
import type { FitSettings } from "./fit_image.ts";

/** Settings that may differ when a training goes on: where it runs, and for how long. */
const FREE: readonly string[] = ["device", "threads", "seconds"] satisfies (keyof FitSettings)[];

/** The other settings by name; functions and absent ones are left out, objects become JSON. */
export function fingerprint(settings: FitSettings): CheckpointSettings {
  const { checkpoint: _, signal: __, ...rest } = settings;
  const entries = Object.entries(rest)
    .filter(([name, value]) => !FREE.includes(name) && value !== undefined && typeof value !== "function")
    .map(([name, value]): [string, string | number | boolean] => [
      name,
      typeof value === "object" ? JSON.stringify(value) : value as string | number | boolean,
    ]);
  return Object.fromEntries(entries);
}
