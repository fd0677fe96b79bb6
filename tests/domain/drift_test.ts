import { assertEquals } from "@std/assert";
import { driftOf, joinShapes, shapeOf } from "../../src/domain/drift.ts";
import { emptyInventory, type Inventory } from "../../src/domain/inventory.ts";

function inventory(fields: Partial<Inventory> = {}): Inventory {
  return { ...emptyInventory(), ...fields };
}

const FILES: Inventory["files"] = [
  { name: "x.zip/conversations-000.json", size: 1, use: "conversations" },
  { name: "x.zip/conversations-001 (1).json", size: 1, use: "conversations" },
  { name: "x.zip/user.json", size: 1, use: "details" },
  { name: "x.zip/file-Abc-my will.pdf", size: 1, use: "asset" },
  { name: "x.zip/sora.json", size: 1, use: "ignored", why: "videos of Sora" },
  { name: "x.zip/novelty.json", size: 1, use: "ignored", why: "not known" },
  { name: "x.zip/My Will.json", size: 1, use: "ignored", why: "not known" },
];

Deno.test("shapeOf() has names that every export has, and none that a person gave", () => {
  assertEquals(shapeOf(inventory({ files: FILES })).files, {
    "(assets)": 1,
    "(other)": 1,
    "conversations-NNN.json": 2,
    "novelty.json": 1,
    "sora.json": 1,
    "user.json": 1,
  });
});

Deno.test("driftOf() tells what the program does not know", () => {
  const found = inventory({
    files: FILES,
    contentTypes: { text: 3, hologram: 1 },
    unknownTypes: { hologram: 1 },
    fields: { "message.id": 4, "message.mood": 1 },
    unknownFields: { "message.mood": 1 },
  });
  assertEquals(driftOf(found), {
    unknown: {
      files: { "(other)": 1, "novelty.json": 1 },
      contentTypes: { hologram: 1 },
      fields: { "message.mood": 1 },
    },
  });
});

Deno.test("driftOf() tells what has come and gone since the last export, not how much of it", () => {
  const last = shapeOf(
    inventory({ contentTypes: { text: 3, code: 1 }, layouts: { full: 2 } }),
  );
  const now = inventory({ contentTypes: { text: 9 }, layouts: { slim: 2 } });
  assertEquals(driftOf(now, last), {
    unknown: {},
    added: { layouts: { slim: 2 } },
    gone: { layouts: { full: 2 }, contentTypes: { code: 1 } },
  });
  assertEquals(driftOf(now, shapeOf(now)), {
    unknown: {},
    added: {},
    gone: {},
  });
});

Deno.test("joinShapes() keeps what was not looked at again, and adds what is new", () => {
  const last = shapeOf(inventory({
    files: FILES.slice(0, 1),
    roles: { user: 5 },
    fields: { "message.id": 9 },
  }));
  const found = shapeOf(inventory({
    files: FILES.slice(2, 3),
    roles: { user: 1, tool: 2 },
  }));
  const joined = joinShapes(last, found);
  assertEquals(joined.files, found.files);
  assertEquals(joined.roles, { tool: 2, user: 5 });
  assertEquals(joined.fields, { "message.id": 9 });
  assertEquals(
    JSON.stringify(joinShapes(joined, found)),
    JSON.stringify(joined),
  );
});
