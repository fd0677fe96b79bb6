/** Runs cases in a process of its own, and ends it where one takes too long. @module */

import type { Ending } from "./check.ts";

/** Milliseconds for one case; a sound one takes two. */
const MOST_MS = 10_000;
/** Megabytes of JavaScript's memory; a sound case needs a tenth of it. */
const MOST_HEAP = 1024;

/** How many cases ended how. */
export type Endings = Record<Ending, number>;

/** Options of {@linkcode runCases}. */
export interface RunOptions {
  readonly from: number;
  readonly to: number;
  /** Milliseconds for one case; ten seconds unless given. */
  readonly mostMs?: number;
  /** The program of the process; that of the real cases unless given. */
  readonly program?: URL;
}

/**
 * Runs the cases of seeds from one up to, but not including, another.
 *
 * @throws {Error} With the seed of a case that broke a rule, took too long, or needed too much memory.
 */
export async function runCases(
  { from, to, mostMs = MOST_MS, program }: RunOptions,
): Promise<Endings> {
  const endings: Endings = { read: 0, incomplete: 0, refused: 0 };
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-fuzz-" });
  const main = program ?? new URL("./child.ts", import.meta.url);
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--allow-read", "--allow-write", "--no-prompt"].concat(
      [`--v8-flags=--max-old-space-size=${MOST_HEAP}`, main.href],
      [String(from), String(to), `${folder}/case`],
    ),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let seed = from;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let late = false;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, mostMs);
  };
  try {
    watch();
    const told = new Response(child.stderr).text();
    for await (const line of linesOf(child.stdout)) {
      watch();
      endings[line as Ending]++;
      seed++;
    }
    const { success } = await child.status;
    const words = await told;
    if (success && seed === to) return endings;
    const what = late ? "took too long" : `broke a rule: ${words}`;
    throw new Error(
      `Case ${seed} ${what}\nRun it alone with --runs 1 --seed ${seed}`,
    );
  } finally {
    clearTimeout(timer);
    await Deno.remove(folder, { recursive: true });
  }
}

async function* linesOf(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
