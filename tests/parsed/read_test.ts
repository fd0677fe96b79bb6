import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/domain/errors.ts";
import { formatConversation } from "../../src/parsed/format.ts";
import { readParsedFolder, type ReadProgress } from "../../src/parsed/read.ts";
import { record } from "../support/builders.ts";

async function within(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readParsedFolder() reads ours and the Python pipeline's in the order of names", async () => {
  await within(async (folder) => {
    await Deno.writeTextFile(
      join(folder, "b_parsed.json"),
      formatConversation(record({ id: "x" })),
    );
    await Deno.writeTextFile(join(folder, "a_parsed.json"), "[]");
    await Deno.writeTextFile(join(folder, "c_parsed.json"), '{"secret":1}');
    await Deno.writeTextFile(join(folder, "._a_parsed.json"), "\0");
    await Deno.writeTextFile(join(folder, "other.json"), "[]");
    const progress: ReadProgress[] = [];
    const records = await Array.fromAsync(
      readParsedFolder(folder, { onProgress: (now) => progress.push(now) }),
      (one) =>
        one.kind === "conversation"
          ? one.conversation.id
          : "issue" in one
          ? one.issue
          : one,
    );
    assertEquals(records, ["a", "x", {
      code: "unreadable-file",
      where: "c_parsed.json",
      message: 'format: expected "chatkeep/conversation", found nothing',
    }]);
    assertEquals(progress.map(({ file }) => file), [
      "a_parsed.json",
      "b_parsed.json",
      "c_parsed.json",
    ]);
    assertEquals(progress.at(-1)?.bytesRead, progress.at(-1)?.bytesTotal);
  });
});

Deno.test("readParsedFolder() reads a single file", async () => {
  await within(async (folder) => {
    const path = join(folder, "a_parsed.json");
    await Deno.writeTextFile(path, "[]");
    const [one] = await Array.fromAsync(readParsedFolder(path));
    assert(one?.kind === "conversation");
    assertEquals(one.conversation.id, "a");
  });
});

Deno.test("readParsedFolder() ends without an error when told to", async () => {
  await within(async (folder) => {
    await Deno.writeTextFile(join(folder, "a_parsed.json"), "[]");
    const signal = AbortSignal.abort();
    assertEquals(
      await Array.fromAsync(readParsedFolder(folder, { signal })),
      [],
    );
  });
});

Deno.test("readParsedFolder() refuses a place without parsed files", async () => {
  await within(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.json"), "[]");
    for (
      const [path, message] of [
        [join(folder, "gone"), "no such file or folder"],
        [folder, "no *_parsed.json there"],
        [join(folder, "a.json"), "no *_parsed.json there"],
      ] as const
    ) {
      const error = await assertRejects(
        () => Array.fromAsync(readParsedFolder(path)),
        UserError,
        `Cannot read parsed files from "${path}": ${message}`,
      );
      assert(error.hint !== undefined);
    }
  });
});
