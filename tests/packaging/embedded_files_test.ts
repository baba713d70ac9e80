import { assertEquals, assertThrows } from "@std/assert";
import { isEmbedded, readEmbeddedFiles } from "../../packaging/embedded_files.ts";

const OUTPUT = `Compile cli.ts to chic

Embedded Files

chic
├─┬ .deno_compile_node_modules (1.2MB - 1MB unique)
│ └─┬ localhost (1.2MB - 1MB unique)
│   └── commander/15.1.0/* (202.37KB)
├─┬ kernels (20.81KB)
│ ├─┬ wasm (7.03KB)
│ │ └── worker.ts (1.82KB)
│ └── noise.ts (4.19KB)
├── codec/* (1KB)
└── mod.ts (2.12KB)

Files: 2.52MB
`;

Deno.test("readEmbeddedFiles() gives the paths of a tree", () => {
  const found = readEmbeddedFiles(OUTPUT);
  assertEquals(found.files, ["kernels/wasm/worker.ts", "kernels/noise.ts", "mod.ts"]);
  assertEquals(found.wholeFolders, [".deno_compile_node_modules/localhost/commander/15.1.0", "codec"]);
  assertThrows(() => readEmbeddedFiles("Compile cli.ts"), Error, "found none");
});

Deno.test("isEmbedded() knows listed files, and those of whole folders", () => {
  const found = readEmbeddedFiles(OUTPUT);
  const paths = [
    "mod.ts",
    "kernels/wasm/worker.ts",
    "codec/deep/x.ts",
    "kernels/wasm",
    "kernels/wgsl/worker.ts",
    "codecs.ts",
  ];
  assertEquals(paths.map((path) => isEmbedded(path, found)), [true, true, true, false, false, false]);
});
