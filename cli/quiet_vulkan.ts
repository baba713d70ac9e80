/** Keeps the Vulkan loader from complaining on stderr where no desktop session has set XDG_RUNTIME_DIR. */

/** Names a folder for it, in this process only. Call before the first look for a GPU. */
export function quietVulkan(): void {
  if (Deno.build.os === "windows" || Deno.env.get("XDG_RUNTIME_DIR")) return;
  Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("TMPDIR") ?? "/tmp");
}
