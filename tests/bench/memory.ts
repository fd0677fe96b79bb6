/** Reads an export and prints the process's peak memory: `deno run -A tests/bench/memory.ts EXPORT`. @module */

import process from "node:process";
import { parseExport } from "../../src/parse/mod.ts";
import { print } from "./measure.ts";

let conversations = 0;
for await (const record of parseExport(Deno.args[0] ?? "")) {
  if (record.kind === "conversation") conversations++;
}
print(`${await peak()} MB, ${conversations} conversations`);

/** Megabytes. What the system calls maxRSS counts the process that started this one, too. */
async function peak(): Promise<number> {
  if (Deno.build.os === "linux") {
    const status = await Deno.readTextFile("/proc/self/status");
    const own = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1];
    if (own !== undefined) return Math.round(Number(own) / 1024);
  }
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
