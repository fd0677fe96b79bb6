/** Reads an export and prints the process's peak memory: `deno run -A tests/bench/memory.ts EXPORT`. @module */

import process from "node:process";
import { parseExport } from "../../src/parse/mod.ts";
import { print } from "./measure.ts";

let conversations = 0;
for await (const record of parseExport(Deno.args[0] ?? "")) {
  if (record.kind === "conversation") conversations++;
}
print(
  `${
    (process.resourceUsage().maxRSS / 1024).toFixed(0)
  } MB, ${conversations} conversations`,
);
