import { assert, assertEquals } from "@std/assert";
import { randomBytes } from "node:crypto";
import { encodeMessage, MOST_ITEM_BYTES } from "../../src/store/items.ts";
import {
  encodeRow,
  pieceKeys,
  piecesOf,
  wholeContent,
} from "../../src/store/oversize.ts";
import { type Item, itemSize } from "../../src/store/values.ts";
import { message } from "../support/builders.ts";

function row(content: string) {
  return { message: message({ id: "m", content }), digest: "d".repeat(22) };
}

const ROOM = MOST_ITEM_BYTES - itemSize(encodeMessage("c", row("")));

function dataOf(pieces: readonly Item[]): Map<string, Uint8Array> {
  return new Map(
    pieces.map((
      item,
    ) => [item["ItemType"]?.S ?? "", item["Data"]?.B ?? new Uint8Array()]),
  );
}

Deno.test("encodeRow() leaves what fits an item as it is, to the byte", () => {
  for (const unit of ["x", "数", "👩", "\u0001", "é"]) {
    const width = new TextEncoder().encode(unit).length;
    const fits = unit.repeat(Math.floor(ROOM / width)) +
      "x".repeat(ROOM % width);
    const { item, pieces } = encodeRow("c", row(fits), "full");
    assertEquals(itemSize(item), MOST_ITEM_BYTES);
    assertEquals([item["Content"]?.S === fits, pieces.length], [true, 0]);

    const more = encodeRow("c", row(`${fits}x`), "full");
    assert(itemSize(more.item) < MOST_ITEM_BYTES);
    assertEquals(more.pieces, []);
    assertEquals(more.item["Content"]?.S?.length, 2_000);
    assertEquals(wholeContent(more.item, new Map()), `${fits}x`);
  }
});

Deno.test("encodeRow() splits what does not fit compressed, and no piece is over the limit", () => {
  const content = randomBytes(900_000).toString("base64");
  const { item, pieces } = encodeRow("c", row(content), "full");
  assertEquals(
    pieces.map(itemSize).slice(0, -1).every((size) => size === MOST_ITEM_BYTES),
    true,
  );
  assert(
    pieces.length > 1 &&
      pieces.every((one) => itemSize(one) <= MOST_ITEM_BYTES),
  );
  assertEquals(wholeContent(item, dataOf(pieces)), content);
  const summary = piecesOf(item);
  assertEquals(summary, { digest: "d".repeat(22), count: pieces.length });
  assertEquals(
    pieceKeys("c", "m", summary!).map((key) => key["ItemType"]),
    pieces.map((piece) => piece["ItemType"]),
  );
});

Deno.test("wholeContent() gives nothing where a piece is missing or damaged", () => {
  const content = randomBytes(900_000).toString("base64");
  const { item, pieces } = encodeRow("c", row(content), "full");
  assertEquals(wholeContent(item, dataOf(pieces.slice(1))), undefined);
  const damaged = dataOf(pieces);
  for (const [key, data] of damaged) damaged.set(key, data.toReversed());
  assertEquals(wholeContent(item, damaged), undefined);
});

Deno.test("encodeRow() takes ids of a thousand bytes, and tells messages apart that begin alike", () => {
  const id = "ü".repeat(500);
  const content = randomBytes(900_000).toString("base64");
  const [one, two] = ["a", "b"].map((digest) =>
    encodeRow(
      "c",
      { message: message({ id, content }), digest: digest.repeat(22) },
      "full",
    ).pieces.map((piece) => piece["ItemType"]?.S ?? "")
  );
  for (const key of one ?? []) {
    assert(new TextEncoder().encode(key).length <= 1_024);
    assert(!two?.includes(key));
  }
});
