import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/domain/errors.ts";
import { foreign, openExport, unreadable } from "../../src/parse/archive.ts";
import { ReadError } from "../../src/parse/bytes.ts";
import { makeZip } from "../support/zip.ts";

Deno.test("openExport() lists conversation files with name and size, whatever else is there", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "x.zip");
  await Deno.writeFile(
    path,
    makeZip([
      { path: "__MACOSX/conversations.json", data: "x" },
      { path: "export\\conversations-001.json", data: "[ ]" },
      { path: "export\\conversations-000.json", data: "[]" },
      { path: "export/file-1.dat", data: "x" },
    ]),
  );
  {
    using source = await openExport(path);
    assertEquals(source.found, "named");
    assertEquals(source.files.map(({ name, size }) => [name, size]), [
      ["x.zip/export/conversations-000.json", 2],
      ["x.zip/export/conversations-001.json", 3],
    ]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openExport() opens plain files only when they are read", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(join(folder, "conversations.json"), "[]");
  using source = await openExport(folder);
  await Deno.remove(folder, { recursive: true });
  const [file] = source.files;
  await assertRejects(
    () => Array.fromAsync(file!.chunks()),
    ReadError,
    "file cannot be read",
  );
});

Deno.test("unreadable() and foreign() name the export and say what to do", () => {
  for (
    const error of [
      unreadable("a.zip", "it is odd", "Mend it."),
      foreign("a.zip", "Claude"),
    ]
  ) {
    assertEquals(error instanceof UserError, true);
    assertStringIncludes(error.message, 'Cannot read export "a.zip": ');
    assertEquals(error.hint?.endsWith("."), true);
  }
});
