import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { EXIT } from "../../src/domain/errors.ts";
import { runCli, TESTDATA } from "../support/cli.ts";
import { within } from "../support/exports.ts";

Deno.test("redact writes a copy that the program reads like the export", async () => {
  await within({ "dir/.keep": "" }, async (folder) => {
    const output = join(folder, "copy.zip");
    const sample = `${TESTDATA}/sample-export.zip`;
    const ran = await runCli(["redact", sample, "-o", output]);
    assertEquals(ran.code, EXIT.ok, ran.stderr);
    assertEquals(
      ran.stdout,
      `7 conversations, 6 files with their shape, 0 empty\nWritten to ${output}; have a look at it before you send it\n`,
    );
    const parsed = await runCli([
      "parse",
      output,
      "-o",
      join(folder, "out"),
      "--json",
    ]);
    assertEquals(parsed.code, EXIT.ok, parsed.stderr);
    assertEquals(JSON.parse(parsed.stdout).ledger.messages.written, 27);

    const again = await runCli(["redact", sample, "-o", output]);
    assertEquals(again.code, EXIT.error);
    assertStringIncludes(again.stderr, "there is a file of that name");
  });
});

Deno.test("redact refuses what it cannot copy, and leaves nothing behind", async () => {
  await within(
    { "broken.zip": "PK\x03\x04", "x.json": '[{"secret":' },
    async (folder) => {
      const run = (...args: string[]) =>
        runCli(["redact", ...args.map((arg) => arg.replace("@", folder))]);
      const name = await run("@/x.json", "-o", "@/copy.tar");
      assertEquals(name.code, EXIT.usage);
      const broken = await run("@/broken.zip", "-o", "@/copy.zip");
      assertEquals(broken.code, EXIT.error);
      const absent = await run("@/absent.zip", "-o", "@/copy.zip");
      assertStringIncludes(absent.stderr, "no such file");
      const nowhere = await run("@/x.json", "-o", "@/none/copy.json");
      assertEquals(nowhere.code, EXIT.error);
      const cut = await run("@/x.json", "-o", "@/copy.json");
      assertEquals(cut.code, EXIT.incomplete);
      assert(!cut.stderr.includes("secret"));
      const left = await Array.fromAsync(
        Deno.readDir(folder),
        ({ name }) => name,
      );
      assertEquals(left.sort(), ["broken.zip", "copy.json", "x.json"]);
    },
  );
});

Deno.test("redact ends with nothing written when it is interrupted", async () => {
  await within({ "dir/.keep": "" }, async (folder) => {
    const interrupt = new AbortController();
    interrupt.abort();
    const ran = await runCli(
      ["redact", `${TESTDATA}/sample-export.zip`, "-o", join(folder, "c.zip")],
      { signal: interrupt.signal },
    );
    assertEquals(ran.code, EXIT.interrupted);
    const left = await Array.fromAsync(
      Deno.readDir(folder),
      ({ name }) => name,
    );
    assertEquals(left, ["dir"]);
  });
});
