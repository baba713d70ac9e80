/** Gives an unpacked program its final name, unless another run was first. */

const [from, to] = Deno.args;
try {
  Deno.renameSync(from, to);
} catch (error) {
  if (!Deno.statSync(to).isDirectory) throw error;
}
