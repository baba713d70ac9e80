/**
 * Lint plugin for the integer side of the codec: a file written on one machine must decode on every other, and engines
 * differ in the last digits of these functions, so the decoder may not call them.
 */

const FORBIDDEN = new Set([
  ...["exp", "expm1", "log", "log1p", "log2", "log10", "pow", "cbrt"],
  ...["tanh", "sinh", "cosh", "atanh", "asinh", "acosh"],
  ...["sin", "cos", "tan", "asin", "acos", "atan", "atan2", "hypot"],
]);

/** Folders of the integer side, and the other files that the decoder reaches. */
const INTEGER_FOLDERS = /\/(bitstream|codec\/(reconstruct|fast_decode|gpu_decode|parallel_decode))\/[^/]+\.ts$/;
const INTEGER_FILES = /\/codec\/(decode|extras|image|integer_backend|reconstruct)\.ts$/;

/** Whether the rule holds for a file: `bitstream/` and the integer half of `codec/`. */
export function isIntegerSide(path: string): boolean {
  const normal = path.replaceAll("\\", "/");
  return (INTEGER_FOLDERS.test(normal) || INTEGER_FILES.test(normal)) && !normal.includes("/tests/");
}

const plugin: Deno.lint.Plugin = {
  name: "chic",
  rules: {
    "integer-math": {
      create(context) {
        if (!isIntegerSide(context.filename)) return {};
        return {
          MemberExpression(node) {
            if (node.object.type !== "Identifier" || node.object.name !== "Math") return;
            if (node.property.type === "Identifier" && !FORBIDDEN.has(node.property.name)) return;
            context.report({ node, message: "This function differs between engines: the decoder uses integers only" });
          },
          BinaryExpression(node) {
            // A power of two of literals is exact everywhere and reads better than its digits.
            const exact = node.left.type === "Literal" && node.left.value === 2 && node.right.type === "Literal";
            if (node.operator !== "**" || exact) return;
            context.report({ node, message: "Powers differ between engines: the decoder uses integers only" });
          },
        };
      },
    },
  },
};

export default plugin;
