import { assertEquals } from "@std/assert";
import { checkCase, type Ending } from "./fuzz/check.ts";

Deno.test("parseExport() holds its promises on exports damaged by chance", async () => {
  const file = await Deno.makeTempFile({ prefix: "chatkeep-fuzz-" });
  const seen = new Set<Ending>();
  try {
    for (let seed = 1; seed <= 300; seed++) {
      seen.add(await checkCase(seed, file));
    }
  } finally {
    await Deno.remove(file);
  }
  assertEquals(seen, new Set<Ending>(["read", "incomplete", "refused"]));
});
