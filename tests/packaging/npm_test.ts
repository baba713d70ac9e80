import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildNpmPackage } from "../../packaging/npm.ts";
import { PACKAGE_NAME, VERSION } from "../../packaging/project.ts";
import { runDeno } from "../../packaging/run_deno.ts";
import { smokeTest } from "../../packaging/smoke.ts";
import { inFolder, type Outcome } from "../cli/command.ts";

const GOLDEN = fileURLToPath(new URL("../golden/", import.meta.url));

/** A program of others that decodes with the package: a file, to a line of size and type. */
const CONSUMER = `
import { BitstreamError, decode, type Image } from "${PACKAGE_NAME}/decode";
const describe = ({ width, height, data }: Image): string => \`\${width}x\${height} \${data.length}\`;
export const run = (bytes: Uint8Array): string => describe(decode(bytes));
export const refuses = (bytes: Uint8Array): boolean => {
  try {
    return !decode(bytes);
  } catch (error) {
    return error instanceof BitstreamError;
  }
};
`;

/** Calls the consumer, bundled or not, in Node. */
const CALLER = `
import { readFileSync } from "node:fs";
const { run, refuses } = await import(process.argv[2]);
console.log(run(readFileSync(process.argv[3])), refuses(new Uint8Array(8)));
`;

async function run(cwd: string, program: string, ...args: string[]): Promise<Outcome> {
  // Caches of its own, and none of the user's settings.
  const env = { "npm_config_cache": join(cwd, "npm-cache"), "npm_config_yes": "true", NO_COLOR: "1" };
  const { code, stdout, stderr } = await new Deno.Command(program, { args, cwd, env, stdin: "null" }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("the npm package", async (t) => {
  await inFolder(async (folder) => {
    const tarball = await buildNpmPackage(folder);
    const succeed = async (program: string, ...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await run(folder, program, ...args);
      assertEquals(code, 0, `${program} ${args.join(" ")}: ${stderr}${stdout}`);
      return stdout.trim();
    };

    await t.step("runs by npx from its tarball on an empty cache", async () => {
      assertEquals(await succeed("npx", `--package=${tarball}`, "chic", "--version"), VERSION);
    });

    await t.step("installs into an empty folder; its program encodes on two threads and decodes", async () => {
      Deno.writeTextFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
      await succeed("npm", "install", "--prefer-offline", tarball);
      await smokeTest({ program: join(folder, "node_modules", ".bin", "chic"), args: [] }, () => {});
    });

    await t.step("its decoder has the golden pixels in Node", async () => {
      const decoder = join(folder, "node_modules", PACKAGE_NAME, "codec", "decode.js");
      assertStringIncludes(await succeed("node", join(GOLDEN, "node_check.mjs"), decoder), "golden decodes agree");
    });

    await t.step("its decoder has types, and bundles for browsers", async () => {
      Deno.writeTextFileSync(join(folder, "consumer.ts"), CONSUMER);
      Deno.writeTextFileSync(
        join(folder, "wrong.ts"),
        `${CONSUMER}export const wrong: string = decode(new Uint8Array());`,
      );
      Deno.writeTextFileSync(join(folder, "caller.js"), CALLER);
      const checked = await runDeno(["check", "consumer.ts"], { cwd: folder });
      assertEquals(checked.code, 0, checked.stderr);
      const wrong = await runDeno(["check", "wrong.ts"], { cwd: folder });
      assertStringIncludes(wrong.stderr, "Type 'Image' is not assignable to type 'string'");
      const bundled = await runDeno(["bundle", "--platform", "browser", "consumer.ts", "-o", "bundle.js"], {
        cwd: folder,
      });
      assertEquals(bundled.code, 0, bundled.stderr);
      const golden = join(GOLDEN, "mop_33x20.chic");
      assertEquals(await succeed("node", "caller.js", "./bundle.js", golden), `33x20 ${33 * 20 * 3} true`);
    });

    await t.step(
      "without the optional runtime the decoder is there, and the program says what is missing",
      async () => {
        await succeed("npm", "install", "--prefer-offline", "--omit=optional", tarball);
        const script = `import("${PACKAGE_NAME}/decode").then(({ decode }) => console.log(typeof decode))`;
        assertEquals(await succeed("node", "--eval", script), "function");
        const { code, stderr } = await run(folder, "node", join("node_modules", ".bin", "chic"), "--version");
        assertEquals(code, 1);
        assertStringIncludes(stderr, 'chic: expected the package "deno"');
        assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
      },
    );
  });
});

Deno.test("deno publish finds nothing wrong with the package for jsr", async () => {
  const { code, stderr } = await runDeno(["publish", "--dry-run", "--allow-dirty"]);
  assertEquals(code, 0, stderr);
  assertEquals(/\b(warning|error)\b/i.exec(stderr), null, stderr);
});
