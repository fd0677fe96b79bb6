import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { listFolder } from "../../src/parse/folder.ts";

Deno.test("listFolder() lists files below a folder in a fixed order, but none too deep or hidden", async () => {
  const root = await Deno.makeTempDir();
  for (const folder of ["b", ".git", "__MACOSX", "1/2/3/4/5/6/7"]) {
    await Deno.mkdir(join(root, folder), { recursive: true });
    await Deno.writeTextFile(join(root, folder, "x"), "");
  }
  await Deno.writeTextFile(join(root, "c"), "");
  await Deno.writeTextFile(join(root, "1/2/3/4/5/6/y"), "");
  assertEquals(await listFolder(root), ["1/2/3/4/5/6/y", "b/x", "c"]);
  await Deno.remove(root, { recursive: true });
});
