import { assert, assertEquals, assertRejects } from "@std/assert";
import { runCases } from "./fuzz/run.ts";

Deno.test("parseExport() holds its promises on exports damaged by chance", async () => {
  const endings = await runCases({ from: 1, to: 501 });
  const { read, incomplete, refused } = endings;
  assertEquals(read + incomplete + refused, 500);
  for (const count of [read, incomplete, refused]) assert(count > 20);
});

Deno.test("runCases() ends a case that never would, and names its seed", async () => {
  const program = new URL("./fuzz/stuck.ts", import.meta.url);
  await assertRejects(
    () => runCases({ from: 40, to: 50, mostMs: 1_000, program }),
    Error,
    "Case 42 took too long",
  );
});
