import { assertEquals } from "@std/assert";
import { emptyInventory, joinInventories } from "../../src/domain/inventory.ts";

Deno.test("joinInventories() adds counts up and keeps every file", () => {
  const file = { name: "a", size: 1, use: "asset" } as const;
  const one = {
    ...emptyInventory([file]),
    ownerId: "user-1",
    roles: { user: 1, constructor: 2 },
    details: { "x.json": { records: 2, used: 1 } },
  };
  const other = {
    ...emptyInventory([file]),
    roles: { user: 2, tool: 1, constructor: 1 },
    details: { "x.json": { records: 1, used: 1 } },
  };
  assertEquals(joinInventories(one, other), {
    ...emptyInventory([file, file]),
    ownerId: "user-1",
    roles: { user: 3, constructor: 3, tool: 1 },
    details: { "x.json": { records: 3, used: 2 } },
  });
});
