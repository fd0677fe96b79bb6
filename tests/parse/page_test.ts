import { assertEquals } from "@std/assert";
import { ReadError } from "../../src/parse/bytes.ts";
import { readPointers } from "../../src/parse/page.ts";

function page(text: string, size = 5) {
  const bytes = new TextEncoder().encode(text);
  return {
    path: "chat.html",
    size: bytes.length,
    async *chunks() {
      // The same memory for each, as a file's.
      const chunk = new Uint8Array(size);
      for (let at = 0; at < bytes.length; at += size) {
        const part = bytes.subarray(at, at + size);
        chunk.set(part);
        yield await Promise.resolve(chunk.subarray(0, part.length));
      }
    },
  };
}

const MAP = {
  "sediment://a": "dalle-generations/ä.webp",
  b: { file_path: "b" },
};
const TEXT =
  `<script>\nvar jsonData = [{"a":"var assets = "}];\nvar assetsJson = ${
    JSON.stringify(MAP)
  };\n\nfunction x() {}</script>`;

Deno.test("readPointers() finds the map of the page, wherever its chunks are cut", async () => {
  for (const size of [1, 5, 17, 1000]) {
    assertEquals(await readPointers(page(TEXT, size)), MAP);
  }
  const oneLine = `var assetsJson = ${JSON.stringify(MAP)}</script></html>`;
  assertEquals(await readPointers(page(oneLine)), MAP);
});

Deno.test("readPointers() finds none in a page without one, a broken one or an unreadable one", async () => {
  assertEquals(await readPointers(page("<html></html>")), {});
  assertEquals(await readPointers(page("var assetsJson = {broken;\n")), {});
  assertEquals(await readPointers(page("var assetsJson = [];\n")), {});
  const unreadable = {
    path: "chat.html",
    size: 1,
    // deno-lint-ignore require-yield -- it fails before
    async *chunks(): AsyncGenerator<Uint8Array> {
      await Promise.reject(new ReadError("gone"));
    },
  };
  assertEquals(await readPointers(unreadable), {});
});
