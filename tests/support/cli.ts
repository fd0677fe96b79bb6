/** Runs of the program in tests: in this process, and as a process of its own. @module */

import { fromFileUrl } from "@std/path";
import { run } from "../../src/cli/run.ts";
import { RecordedStreams } from "./console.ts";

/** The project's folder. */
export const ROOT = fromFileUrl(new URL("../..", import.meta.url));
/** The invented exports. */
export const TESTDATA = `${ROOT}tests/testdata`;

/** How a run ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run finds in the world. */
export interface RunOptions {
  readonly env?: Record<string, string>;
  /** What a person answers when asked; nobody is there unless given. */
  readonly answer?: string;
  readonly signal?: AbortSignal;
}

/** What every run finds in the environment: nothing of it goes into the journal of who runs the tests. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  CHATKEEP_JOURNAL: "none",
};

/** Runs the program in this process. */
export async function runCli(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const streams = new RecordedStreams();
  streams.answer = options.answer;
  const code = await run(args, {
    streams,
    env: (name) => options.env?.[name] ?? ENVIRONMENT[name],
    isTerminal: false,
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, stdout: streams.stdout, stderr: streams.stderr };
}

/** Starts the program as a process of its own, with the permission set of its command and no more. */
export function spawnCli(
  args: readonly string[],
  cwd = ROOT,
): Deno.ChildProcess {
  const [verb = ""] = args;
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-prompt",
      `-P=${verb}`,
      `--config=${ROOT}deno.json`,
      `${ROOT}src/main.ts`,
      ...args,
    ],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for a process to end. */
export async function ended(child: Deno.ChildProcess): Promise<Ran> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** Removes what a test left in `data/` under names that begin like that. */
export async function removeData(prefix: string): Promise<void> {
  for await (const { name } of Deno.readDir(`${ROOT}data`)) {
    if (name.startsWith(prefix)) {
      await Deno.remove(`${ROOT}data/${name}`, { recursive: true });
    }
  }
}
