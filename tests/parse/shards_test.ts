import { assertEquals } from "@std/assert";
import {
  isHiddenPath,
  manifestNames,
  pickShards,
} from "../../src/parse/shards.ts";

Deno.test("pickShards() orders shards by number, folder by folder", () => {
  const { paths, missing } = pickShards([
    "b/conversations-1.json",
    "conversations-10.json",
    "b/conversations-0.json",
    "conversations.json",
    ...Array.from(
      { length: 10 },
      (_, number) => `conversations-${number}.json`,
    ),
    "b/Conversations (1).json",
  ]);
  assertEquals(paths, [
    "conversations.json",
    ...Array.from(
      { length: 11 },
      (_, number) => `conversations-${number}.json`,
    ),
    "b/Conversations (1).json",
    "b/conversations-0.json",
    "b/conversations-1.json",
  ]);
  assertEquals(missing, []);
});

Deno.test("pickShards() passes other files over", () => {
  const { paths } = pickShards([
    "shared_conversations.json",
    "conversations.json.index",
    "conversations-a.json",
    "my conversations.json",
    "conversations-001.html",
  ]);
  assertEquals(paths, []);
});

Deno.test("pickShards() names the gaps in the numbers", () => {
  const { missing } = pickShards([
    "x/conversations-001.json",
    "x/conversations-004 (2).json",
  ]);
  assertEquals(missing, [
    "x/conversations-000.json",
    "x/conversations-002.json",
    "x/conversations-003.json",
  ]);
});

Deno.test("pickShards() takes a number in the millions for a name", () => {
  assertEquals(pickShards(["conversations-20261124.json"]).missing, []);
});

Deno.test("pickShards() names shards that only the manifest knows", () => {
  const { missing } = pickShards(["x/conversations-000.json"], [{
    folder: "x/",
    names: ["conversations-000.json", "conversations-001.json"],
  }]);
  assertEquals(missing, ["x/conversations-001.json"]);
});

Deno.test("manifestNames() finds shards in each shape of the manifest", () => {
  const names = ["conversations-000.json", "conversations-001.json"];
  const shapes = [
    { export_files: names.map((path) => ({ path, size_bytes: 1 })) },
    {
      logical_files: { "conversations.json": { files: names, sharded: true } },
    },
    {
      files: [{
        name: "conversations.json",
        shards: names.map((name) => ({ name })),
      }],
    },
  ];
  for (const shape of shapes) {
    assertEquals(manifestNames(JSON.stringify(shape)).sort(), names);
  }
});

Deno.test("manifestNames() finds nothing in a manifest that is broken or empty", () => {
  for (
    const text of [
      "",
      "{",
      "null",
      "{}",
      '{"a":[null,1,["conversations.json"]]}',
    ]
  ) {
    assertEquals(manifestNames(text), []);
  }
});

Deno.test("isHiddenPath() tells what belongs to the system", () => {
  assertEquals(
    ["__MACOSX/a.json", "x/._a.json", ".git/a", "x/a.json", "../a", "a.b/c"]
      .map(isHiddenPath),
    [true, true, true, false, false, false],
  );
});
