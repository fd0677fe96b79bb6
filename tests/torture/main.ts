/** `deno task torture [--rounds N] [--seed S]`: kills at random instants, and what is left. @module */

import { parseArgs } from "@std/cli";
import { torture } from "./run.ts";

const flags: Record<string, unknown> = parseArgs(Deno.args, {
  string: ["rounds", "seed"],
});
const encoder = new TextEncoder();
const print = (line: string) =>
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
const counts = await torture({
  rounds: Number(flags["rounds"] ?? 300),
  seed: Number(flags["seed"] ?? Date.now() % 1_000_000),
  log: print,
});
for (const [name, count] of Object.entries(counts)) print(`${name}: ${count}`);
