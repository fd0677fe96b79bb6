import { assertEquals } from "@std/assert";
import { readTime } from "../../src/parse/time.ts";

const TIMES: [unknown, number | null][] = [
  [1704629915.775304, 1704629915.775304],
  [1704629915, 1704629915],
  [1704629915775, 1704629915.775],
  ["1704629915.5", 1704629915.5],
  ["2024-01-07T12:18:35Z", 1704629915],
  ["2024-01-07T13:18:35+01:00", 1704629915],
  ["2024-01-07T12:18:35.25", 1704629915.25],
  ["2024-01-07 12:18:35", 1704629915],
  ["2024-01-07", 1704585600],
  [0, 0],
  [-0, 0],
  [-1.5, -1.5],
  [1e-300, 0],
  [1e300, null],
  [null, null],
  [undefined, null],
  [NaN, null],
  [Infinity, null],
  ["", null],
  ["yesterday", null],
  [{}, null],
  [true, null],
];

for (const [value, seconds] of TIMES) {
  Deno.test(`readTime() reads ${JSON.stringify(value) ?? value}`, () => {
    assertEquals(Object.is(readTime(value), seconds), true);
  });
}
