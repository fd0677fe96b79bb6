import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { formatConversation } from "../../src/parsed/format.ts";
import {
  isOwnFile,
  ownFiles,
  stampedFolder,
} from "../../src/parsed/previous.ts";
import { record } from "../support/builders.ts";

Deno.test("ownFiles() lists files by name and content", async () => {
  const folder = await Deno.makeTempDir();
  const ours = formatConversation(record());
  await Deno.writeTextFile(join(folder, "b_parsed.json"), ours);
  await Deno.writeTextFile(join(folder, "a_parsed.json"), ours);
  await Deno.writeTextFile(join(folder, "a.json"), ours);
  await Deno.writeTextFile(join(folder, "c_parsed.json"), "");
  await Deno.mkdir(join(folder, "d_parsed.json"));
  assertEquals(await ownFiles(folder), ["a_parsed.json", "b_parsed.json"]);
  assertEquals(await isOwnFile(join(folder, "d_parsed.json")), false);
  assertEquals(await isOwnFile(join(folder, "gone")), undefined);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("stampedFolder() counts on where its name is taken", async () => {
  const made: string[] = [];
  const makeFolder = (path: string) => Promise.resolve(made.push(path) > 2);
  const path = await stampedFolder("x", new Date(0), makeFolder);
  assertEquals(path, join("x", "1970-01-01T00-00-00Z-3"));
});
