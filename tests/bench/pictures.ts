/** Folders of small pictures for tests of the bench commands, and these commands as processes. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writePng } from "../../files/png_writer.ts";
import { drawSample } from "../../samples/draw_sample.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How a command ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `work` in a new folder with `images/one.png` and `images/two.png`: 4 by 3 and 3 by 4 times `unit` pixels. */
export async function withPictures(work: (folder: string) => void | Promise<void>, unit = 8): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(join(folder, "images"));
    const save = (name: string, width: number, height: number) =>
      Deno.writeFileSync(join(folder, "images", name), writePng(drawSample({ width, height })));
    save("one.png", 4 * unit, 3 * unit);
    save("two.png", 3 * unit, 4 * unit);
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Runs a command of `bench/` in a folder. Deno is quiet: where its cache is new, it tells on stderr what it downloads. */
export async function benchCommand(main: string, folder: string, args: readonly string[]): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "bench", main), ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}
