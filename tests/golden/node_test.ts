import { assertEquals, assertStringIncludes } from "@std/assert";

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
      const entry = "codec/decode.ts";
      const bundled = await run(Deno.execPath(), ["bundle", "--no-lock", "--platform", "browser", entry, "-o", bundle]);
      assertEquals(bundled.code, 0, bundled.text);
      const { code, text } = await run("node", ["tests/golden/node_check.mjs", bundle]);
      assertEquals(code, 0, text);
      assertStringIncludes(text, "golden decodes agree");
    } finally {
      await Deno.remove(bundle);
    }
  },
);
