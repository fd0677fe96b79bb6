/**
 * Builds the single binary `dist/chatkeep` for this machine, with the embedded engine beside it.
 *
 * A binary cannot know in advance which export and which endpoint it will be given, so it may read and
 * connect; its environment stays narrow and it never prompts.
 *
 * @module
 */

const windows = Deno.build.os === "windows";
const engine = windows ? ["dynoxide.exe"] : ["dynoxide", "dynoxide-leash"];
const environment =
  "AWS_*,HOME,USERPROFILE,CHATKEEP_*,NO_COLOR,FORCE_COLOR,TERM";

const { success } = await new Deno.Command(Deno.execPath(), {
  args: [
    "compile",
    "--no-prompt",
    "--allow-read",
    "--allow-write",
    "--allow-net",
    "--allow-run",
    `--allow-env=${environment}`,
    "--ignore-env",
    "--output=dist/chatkeep",
    "src/main.ts",
  ],
}).output();
if (!success) Deno.exit(1);
try {
  for (const file of engine) {
    await Deno.copyFile(`vendor/engine/${file}`, `dist/${file}`);
  }
} catch (error) {
  // No engine is published for this platform: the binary then takes --engine, or one on the PATH.
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
