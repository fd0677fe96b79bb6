import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/domain/errors.ts";
import { openParsedFolder, readParsedFolder } from "../../src/parsed/folder.ts";
import { record } from "../support/builders.ts";

const NOW = new Date("2026-11-24T04:05:06.789Z");

interface Places {
  readonly output: string;
  readonly archive: string;
}

async function within(test: (places: Places) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "chatkeep-" });
  try {
    await test({
      output: join(root, "new", "out"),
      archive: join(root, "old"),
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name))
    .sort();
}

/** One run that writes conversations with these ids and title. */
async function run(
  { output, archive }: Places,
  title: string,
  ...ids: string[]
): Promise<void> {
  await using folder = await openParsedFolder(output, { archive, now: NOW });
  for (const id of ids) await folder.write(record({ id, title }));
  await folder.commit();
}

async function titles(folder: string): Promise<string[]> {
  return await Array.fromAsync(readParsedFolder(folder), (one) => {
    assert(one.kind === "conversation");
    return `${one.conversation.id}: ${one.conversation.title}`;
  });
}

Deno.test("ParsedFolder.commit() puts a file a conversation into a new folder", async () => {
  await within(async (places) => {
    await run(places, "one", "a", "b/c");
    assertEquals((await names(places.output)).length, 2);
    assertEquals(await titles(places.output), ["a: one", "b/c: one"]);
    await assertRejects(() => names(places.archive), Deno.errors.NotFound);
  });
});

Deno.test({
  name: "ParsedFolder keeps its files from others on the machine",
  ignore: Deno.build.os === "windows",
  fn: () =>
    within(async (places) => {
      await run(places, "one", "a");
      const mode = async (path: string) =>
        ((await Deno.stat(path)).mode ?? 0) & 0o777;
      assertEquals(await mode(places.output), 0o700);
      assertEquals(await mode(join(places.output, "a_parsed.json")), 0o600);
    }),
});

Deno.test("ParsedFolder.commit() keeps the previous run's files in the archive", async () => {
  await within(async (places) => {
    await run(places, "one", "a", "b");
    await run(places, "two", "b", "c");
    await run(places, "three", "c");
    assertEquals(await titles(places.output), ["c: three"]);
    const stamp = "2026-11-24T04-05-06Z";
    assertEquals(await names(places.archive), [stamp, `${stamp}-2`]);
    assertEquals(await titles(join(places.archive, stamp)), [
      "a: one",
      "b: one",
    ]);
    assertEquals(await titles(join(places.archive, `${stamp}-2`)), [
      "b: two",
      "c: two",
    ]);
  });
});

Deno.test("ParsedFolder.commit() leaves files alone that are not its own", async () => {
  await within(async (places) => {
    await Deno.mkdir(places.output, { recursive: true });
    const others = ["notes.txt", "python_parsed.json", "other.json"];
    for (const name of others) {
      await Deno.writeTextFile(join(places.output, name), "[]");
    }
    await run(places, "one", "a");
    await run(places, "two", "b");
    assertEquals(
      await names(places.output),
      ["b_parsed.json", ...others].sort(),
    );
  });
});

Deno.test("ParsedFolder.write() refuses the name of a file that is not ours", async () => {
  await within(async (places) => {
    await run(places, "one", "a");
    await Deno.writeTextFile(join(places.output, "b_parsed.json"), "[]");
    const error = await assertRejects(
      () => run(places, "two", "a", "b"),
      UserError,
      "b_parsed.json",
    );
    assert(error.hint !== undefined);
    assertEquals(await names(places.output), [
      "a_parsed.json",
      "b_parsed.json",
    ]);
    assertEquals(
      await Deno.readTextFile(join(places.output, "b_parsed.json")),
      "[]",
    );
  });
});

Deno.test("ParsedFolder without commit() changes nothing", async () => {
  await within(async (places) => {
    const abandon = async () => {
      await using folder = await openParsedFolder(places.output, places);
      await folder.write(record({ id: "x" }));
    };
    await abandon();
    await assertRejects(() => names(places.output), Deno.errors.NotFound);
    await run(places, "one", "a");
    await abandon();
    assertEquals(await titles(places.output), ["a: one"]);
    assertEquals(await names(places.output), ["a_parsed.json"]);
  });
});

Deno.test("openParsedFolder() removes what a crashed run left", async () => {
  await within(async (places) => {
    const left = join(places.output, ".partial-0a1b2c3d");
    await Deno.mkdir(left, { recursive: true });
    await Deno.writeTextFile(join(left, "a_parsed.json"), "{");
    await Deno.mkdir(join(places.output, ".partial-notes"));
    await run(places, "one", "a");
    assertEquals(await names(places.output), [
      ".partial-notes",
      "a_parsed.json",
    ]);
  });
});

Deno.test("openParsedFolder() refuses a file", async () => {
  await within(async ({ archive }) => {
    await Deno.writeTextFile(archive, "");
    await assertRejects(
      () => openParsedFolder(archive),
      UserError,
      "it is a file",
    );
  });
});

Deno.test("ParsedFolder.write() replaces an earlier copy and keeps ids apart that differ by case", async () => {
  await within(async ({ output, archive }) => {
    await using folder = await openParsedFolder(output, { archive });
    await folder.write(record({ id: "a", title: "one" }));
    await folder.write(record({ id: "A", title: "two" }));
    await folder.write(record({ id: "a", title: "three" }));
    await folder.commit();
    assertEquals((await titles(output)).sort(), ["A: two", "a: three"]);
    const found = (await names(output)).filter((name) => /json$/.test(name));
    assertEquals(new Set(found.map((name) => name.toLowerCase())).size, 2);
  });
});
