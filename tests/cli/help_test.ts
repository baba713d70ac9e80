/** Help, version, completions and doctor. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inFolder, runChic } from "./command.ts";
import config from "../../deno.json" with { type: "json" };

const COMMANDS = ["encode", "decode", "info", "compare", "view", "doctor", "completions"];

Deno.test("--help of every command has examples and fits 80 columns", () =>
  inFolder(async (folder) => {
    for (const command of [[], ...COMMANDS.map((name) => [name])]) {
      const { code, stdout } = await runChic(folder, ...command, "--help");
      assertEquals(code, 0);
      assertStringIncludes(stdout, "Examples:");
      const wide = stdout.split("\n").filter((line) => line.length >= 80);
      assertEquals(wide, []);
      assert(!stdout.includes("\x1b"), "no colours away from a terminal");
    }
  }));

Deno.test("--version is that of deno.json", () =>
  inFolder(async (folder) => {
    assertEquals((await runChic(folder, "--version")).stdout, `${config.version}\n`);
  }));

Deno.test("completions knows commands, options and choices, and bash completes with it", () =>
  inFolder(async (folder) => {
    for (const shell of ["zsh", "fish"]) {
      const { stdout } = await runChic(folder, "completions", shell);
      for (const word of [...COMMANDS, "preset", "mop", "enc_results_path"]) assertStringIncludes(stdout, word);
    }
    const { stdout: script } = await runChic(folder, "completions", "bash");
    const complete = async (...words: string[]) => {
      const line = `${script}\nCOMP_WORDS=(chic ${words.map((word) => `'${word}'`).join(" ")}); ` +
        `COMP_CWORD=${words.length}; _chic; echo "\${COMPREPLY[@]}"`;
      const { stdout } = await new Deno.Command("bash", { args: ["-c", line] }).output();
      return new TextDecoder().decode(stdout).trim();
    };
    assertEquals(await complete("de"), "decode");
    assertEquals(await complete("encode", "--pres"), "--preset");
    assertEquals(await complete("encode", "--preset", "m"), "mop");
    const { code, stderr } = await runChic(folder, "completions", "csh");
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Allowed choices are bash, zsh, fish");
  }));

Deno.test("doctor says what the machine offers and what to do", () =>
  inFolder(async (folder) => {
    const { code, stdout } = await runChic(folder, "doctor", "--json");
    assertEquals(code, 0);
    const found = JSON.parse(stdout);
    assertEquals([found.version, found.threads], [config.version, navigator.hardwareConcurrency]);
    assert(found.wasm_simd && found.cpu_training && found.memory_bytes > 0);
    const hasGpu = found.gpu !== null && !found.gpu.software;
    assertEquals(found.advice.some((line: string) => line.startsWith("no GPU")), !hasGpu);
    const words = (await runChic(folder, "doctor")).stdout;
    for (const row of ["GPU", "CPU", "SIMD", "memory"]) assertStringIncludes(words, `\n${row} `);
  }));
