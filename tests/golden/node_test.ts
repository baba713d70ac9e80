import { assertEquals, assertStringIncludes } from "@std/assert";
import { bundleText } from "../../packaging/bundle.ts";
import { DECODER } from "../../packaging/project.ts";

const ROOT = new URL("../../", import.meta.url);

async function run(command: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  const options: Deno.CommandOptions = { args: [...args], cwd: ROOT, stdout: "piped", stderr: "piped" };
  const { code, stdout, stderr } = await new Deno.Command(command, options).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

async function hasNode(): Promise<boolean> {
  try {
    return (await run("node", ["--version"])).code === 0;
  } catch {
    return false;
  }
}

Deno.test(
  "decode() bundled for the browser gives the golden pixels in Node",
  { ignore: !(await hasNode()) },
  async () => {
    const bundle = await Deno.makeTempFile({ suffix: ".mjs" });
    try {
      await Deno.writeTextFile(bundle, await bundleText(DECODER, { platform: "browser" }));
      const { code, text } = await run("node", ["tests/golden/node_check.mjs", bundle]);
      assertEquals(code, 0, text);
      assertStringIncludes(text, "golden decodes agree");
    } finally {
      await Deno.remove(bundle);
    }
  },
);
