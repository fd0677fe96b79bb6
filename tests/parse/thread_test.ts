import { assertEquals } from "@std/assert";
import { readThread } from "../../src/parse/thread.ts";

type Node = [
  key: string,
  parent: string | null | undefined,
  time?: number | null,
];

/** A mapping whose messages carry no more than a time; a node named `*…` has none. */
function mapping(...nodes: Node[]): Record<string, unknown> {
  return Object.fromEntries(nodes.map(([key, parent, time]) => [key, {
    id: key,
    ...(parent !== undefined && { parent }),
    message: key.startsWith("*") ? null : { create_time: time ?? null },
  }]));
}

function keys(nodes: Record<string, unknown>, currentNode?: unknown): string {
  return readThread(nodes, currentNode).nodes.map(({ key }) => key).join(" ");
}

const FORK = mapping(
  ["*root", null],
  ["a", "*root", 1],
  ["b", "a", 9],
  ["c", "b", 2],
  ["b2", "a", 3],
  ["c2", "b2", 4],
);

Deno.test("readThread() walks from the current node to the root", () => {
  assertEquals(keys(FORK, "c"), "a b c");
  assertEquals(keys(FORK, "c2"), "a b2 c2");
});

Deno.test("readThread() counts the messages of other branches", () => {
  assertEquals(readThread(FORK, "c").offThread, 2);
  assertEquals(readThread(FORK, "a").offThread, 4);
});

Deno.test("readThread() keeps a current node that has children as the end", () => {
  assertEquals(keys(FORK, "b"), "a b");
});

Deno.test("readThread() starts at the newest leaf where the current node is unknown", () => {
  for (const current of [undefined, null, "gone", 7, "constructor"]) {
    assertEquals(keys(FORK, current), "a b2 c2");
  }
});

Deno.test("readThread() takes the time of an ancestor for a leaf without", () => {
  const nodes = mapping(["a", null, 1], ["b", "a", 5], ["c", "b"], [
    "d",
    "a",
    4,
  ]);
  assertEquals(keys(nodes), "a b c");
});

Deno.test("readThread() takes the last of leaves with equal times", () => {
  const nodes = mapping(["a", null, 1], ["b", "a", 2], ["c", "a", 2]);
  assertEquals(keys(nodes), "a c");
});

Deno.test("readThread() lets dead ends without a message lose", () => {
  const nodes = mapping(["a", null, 1], ["b", "a", 2], ["*end", "a"]);
  assertEquals(keys(nodes), "a b");
});

Deno.test("readThread() stops at a cycle", () => {
  const nodes = mapping(["a", "c", 1], ["b", "a", 2], ["c", "b", 3]);
  assertEquals(keys(nodes, "b"), "c a b");
  assertEquals(keys(nodes), "a b c");
  assertEquals(keys(mapping(["a", "a", 1])), "a");
});

Deno.test("readThread() keeps what it has where a parent is missing", () => {
  const nodes = mapping(["b", "gone", 2], ["c", "b", 3], ["x", null, 1]);
  assertEquals(keys(nodes, "c"), "b c");
  assertEquals(readThread(nodes, "c").offThread, 1);
});

Deno.test("readThread() tells what of a thread is a guess", () => {
  const gap = (nodes: Record<string, unknown>, currentNode?: unknown) =>
    readThread(nodes, currentNode).gap;
  assertEquals(gap(FORK, "c"), undefined);
  assertEquals(gap(FORK), "all");
  assertEquals(gap(FORK, "no such"), "all");
  assertEquals(gap(mapping(["b", "gone", 2], ["c", "b", 3]), "c"), "before");
  assertEquals(gap(mapping(["b", "b", 2]), "b"), undefined);
  const cycle = mapping(["a", "c", 1], ["b", "a", 2], ["c", "b", 3]);
  assertEquals(gap(cycle, "b"), "all");
  assertEquals(gap(mapping(["b", null, 2], ["a", null, 1]), "b"), "all");
  assertEquals(gap({}), undefined);
  // A node that is no object is as good as none.
  assertEquals(gap({ ...mapping(["b", "a", 2]), a: 7 }, "b"), "before");
});

Deno.test("readThread() tells what is certainly on a branch from what may be the rest of a cut thread", () => {
  const certain = (nodes: Record<string, unknown>, currentNode?: unknown) =>
    readThread(nodes, currentNode).branches().map(({ key, certain }) =>
      `${key} ${certain}`
    );
  assertEquals(certain(FORK, "c"), ["b2 true", "c2 true"]);
  assertEquals(certain(FORK), ["b false", "c false"]);
  const cut = mapping(
    ["*root", null],
    ["a", "*root", 1],
    ["c", "b", 3],
    ["c2", "b", 3],
    ["d2", "c2", 4],
    ["e", "c", 5],
    ["e2", "c", 5],
  );
  assertEquals(certain(cut, "e"), ["a false", "c2 true", "d2 true", "e2 true"]);
});

Deno.test("readThread() keeps the order of the tree against that of time", () => {
  assertEquals(
    keys(mapping(["a", null, 9], ["b", "a", 5], ["c", "b", 7]), "c"),
    "a b c",
  );
});

Deno.test("readThread() orders by time where no node names a parent", () => {
  const nodes = mapping(
    ["c", undefined, 3],
    ["a", undefined, 1],
    ["a2", null],
    ["b", undefined, 2],
  );
  assertEquals(keys(nodes, "a"), "a a2 b c");
  assertEquals(readThread(nodes, "a").offThread, 0);
});

Deno.test("readThread() passes nodes over that are no objects", () => {
  const nodes = { ...FORK, x: null, y: "text", z: [1] };
  assertEquals(keys(nodes, "c"), "a b c");
  assertEquals(readThread(nodes, "c").offThread, 2);
});

Deno.test("readThread() reads a mapping with nothing in it", () => {
  for (const nodes of [{}, mapping(["*root", null])]) {
    const thread = readThread(nodes, "*root");
    assertEquals(thread.nodes, []);
    assertEquals(thread.offThread, 0);
    assertEquals(thread.branches(), []);
  }
});

Deno.test("readThread() reads a chain of 100,000 nodes", () => {
  const nodes = mapping(
    ...Array.from(
      { length: 100_000 },
      (_, index): Node => [`n${index}`, index === 0 ? null : `n${index - 1}`],
    ),
  );
  assertEquals(readThread(nodes, "n99999").nodes.length, 100_000);
  assertEquals(readThread(nodes, null).nodes.at(-1)?.key, "n99999");
});
