/** The embedded engine: a DynamoDB-compatible server of our own, alive as long as we are. @module */

import { ensureDir, exists } from "@std/fs";
import { basename, dirname, fromFileUrl, join, resolve } from "@std/path";
import { EXIT, reason, UserError } from "../domain/errors.ts";
import { sleep } from "./retry.ts";

/** Options of {@linkcode startEngine}. */
export interface EngineOptions {
  /** The file that holds the data; made where it is not there, with its folder. */
  readonly file: string;
  /** The engine's program; found by itself where it is absent. */
  readonly binary?: string | undefined;
  /** Milliseconds to wait for another run to let go of the file; ten seconds unless given. */
  readonly waitMs?: number;
  /** Called once when there is another run to wait for. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/** A running engine. */
export interface Engine extends AsyncDisposable {
  /** Where it answers, on the loopback interface. */
  readonly endpoint: string;
  /** Aborted with a {@linkcode UserError} when it ends by itself. */
  readonly signal: AbortSignal;
}

/** What a run leaves beside the data while its engine is alive, so that the next can stop it if that run dies. */
interface Traces {
  readonly pid: number;
  readonly port: number;
}

const PROGRAM = Deno.build.os === "windows" ? "dynoxide.exe" : "dynoxide";
/** What starts the engine where we put it: with it, the engine ends when its standard input does, as when we are killed. */
const LEASH = Deno.build.os === "windows" ? PROGRAM : "dynoxide-leash";
/** Milliseconds for the engine to answer after its start (measured: 5), and to end after being told to. */
const START_MS = 10_000;
const STOP_MS = 5_000;
/** Bytes of the engine's own words that are kept for an error. */
const MOST_WORDS = 2_000;

/**
 * Starts the engine on a file that no other run is using.
 *
 * The port has no password: while the engine runs, other users of this machine could reach it.
 *
 * @throws {UserError} When there is no engine for this platform, it cannot start, or another run keeps the
 *     file (exit code 11).
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const file = resolve(options.file);
  const program = options.binary ?? await findProgram();
  await using cleanup = new AsyncDisposableStack();
  await makePrivate(file);
  const lock = await lockFile(file, options);
  cleanup.defer(() => lock.close());
  await stopLeftBehind(file);
  const running = await spawn(program, file, options.signal);
  cleanup.use(running);
  const traces = `${file}.engine.json`;
  await Deno.writeTextFile(
    traces,
    JSON.stringify({ pid: running.pid, port: running.port } satisfies Traces),
  );
  cleanup.defer(() => Deno.remove(traces));
  // Ended in this order: the traces, the engine, the lock.
  const owned = cleanup.move();
  return {
    endpoint: `http://127.0.0.1:${running.port}`,
    signal: running.signal,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Beside a compiled program, where the setup task puts it, or on the PATH. */
async function findProgram(): Promise<string> {
  const folder = Deno.build.standalone
    ? dirname(Deno.execPath())
    : fromFileUrl(new URL("../../vendor/engine/", import.meta.url));
  // The leash is there on platforms for which no engine is published, too.
  return await exists(join(folder, PROGRAM)) ? join(folder, LEASH) : PROGRAM;
}

/** Makes the folder and the file so that only their owner can read them, whatever the umask says. */
async function makePrivate(file: string): Promise<void> {
  try {
    if (!await exists(dirname(file))) {
      await ensureDir(dirname(file));
      if (Deno.build.os !== "windows") await Deno.chmod(dirname(file), 0o700);
    }
    (await Deno.open(file, { write: true, create: true, mode: 0o600 })).close();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new UserError(
      `Cannot write the embedded table's data to "${file}": ${reason(error)}`,
      {
        hint: "Choose another place with --data FILE",
        cause: error,
      },
    );
  }
}

/** Holds the file against other runs until it is closed; the system lets go of it when we die. */
async function lockFile(
  file: string,
  { waitMs = 10_000, onWait, signal }: EngineOptions,
): Promise<Deno.FsFile> {
  const lock = await Deno.open(`${file}.lock`, {
    write: true,
    create: true,
    mode: 0o600,
  });
  try {
    const deadline = performance.now() + waitMs;
    for (let waiting = false; !await lock.tryLock(true); waiting = true) {
      if (!waiting) onWait?.();
      if (performance.now() >= deadline) {
        throw new UserError(`Another run is using "${file}"`, {
          hint: "Wait until it ends, or choose another place with --data FILE",
          code: EXIT.locked,
        });
      }
      await sleep(50, signal);
    }
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Stops the engine of a run that was killed: it alone can still have the file while we hold the lock. */
async function stopLeftBehind(file: string): Promise<void> {
  const traces = `${file}.engine.json`;
  let left: Traces;
  try {
    left = JSON.parse(await Deno.readTextFile(traces));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) {
      return;
    }
    throw error;
  }
  if (
    Number.isInteger(left.pid) && Number.isInteger(left.port) &&
    await answers(left.port)
  ) {
    const windows = Deno.build.os === "windows";
    // Committed data survives it: the engine's file is a SQLite database.
    await new Deno.Command(windows ? "taskkill" : "kill", {
      args: [...(windows ? ["/F", "/PID"] : ["-KILL"]), String(left.pid)],
      stdout: "null",
      stderr: "null",
    }).output().catch(() => undefined);
    for (let waited = 0; await answers(left.port); waited += 20) {
      if (waited >= STOP_MS) {
        throw new UserError(
          `An engine left behind by a killed run still has "${file}": process ${left.pid}`,
          {
            hint: "End that process",
            code: EXIT.locked,
          },
        );
      }
      await sleep(20);
    }
  }
  await Deno.remove(traces);
}

/** An engine's process. */
interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly signal: AbortSignal;
}

async function spawn(
  program: string,
  file: string,
  signal: AbortSignal | undefined,
): Promise<Running> {
  for (let attempt = 1;; attempt++) {
    const port = freePort();
    const child = start(program, file, port);
    const words = lastWords(child.stderr);
    const lost = new AbortController();
    let ended = false;
    let stopping = false;
    const end = child.status.then((status) => {
      ended = true;
      unleash(child);
      if (!stopping) lost.abort(engineEnded(file));
      return status;
    });
    const stop = async () => {
      stopping = true;
      if (!ended) child.kill("SIGTERM");
      const timer = new AbortController();
      const kill = sleep(STOP_MS, timer.signal).then(
        () => child.kill("SIGKILL"),
        () => {},
      );
      await end;
      timer.abort();
      await kill;
      await words;
    };
    try {
      for (let waited = 0; !ended && waited < START_MS; waited += 5) {
        if (await answers(port) && !ended) {
          const { pid } = child;
          const { signal } = lost;
          return { pid, port, signal, [Symbol.asyncDispose]: stop };
        }
        await sleep(5, signal);
      }
    } catch (error) {
      await stop();
      throw error;
    }
    await stop();
    const said = await words;
    // Somebody else took the port between our look and the engine's.
    if (/address (already )?in use/i.test(said) && attempt < 5) continue;
    throw new UserError(
      `Cannot start the embedded engine on "${file}": ${
        said.trim() || "it ended without a word"
      }`,
      {
        hint:
          "Choose another place with --data FILE, or another table with --target or --endpoint-url",
      },
    );
  }
}

/** Tells the leash, with a line, that the engine has ended; what holds no leash has no reader for it. */
function unleash({ stdin }: Deno.ChildProcess): void {
  const writer = stdin.getWriter();
  writer.write(new Uint8Array([10])).then(() => writer.close()).catch(() => {});
}

function engineEnded(file: string): UserError {
  return new UserError(`The embedded engine on "${file}" ended by itself`, {
    hint: "Run it again: it goes on from what was written",
  });
}

function start(program: string, file: string, port: number): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: ["--host", "127.0.0.1", "--port", String(port), "--db-path", file],
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
      // A Ctrl-C is for us: the engine must live until what is being written is written.
      detached: true,
      clearEnv: true,
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable && program !== PROGRAM) {
      throw error;
    }
    const platform = `${Deno.build.os} ${Deno.build.arch}`;
    throw new UserError(
      `Cannot start the embedded engine "${
        basename(program)
      }" on ${platform}: ${reason(error)}`,
      {
        hint:
          "Run `deno task setup`, name an installed dynoxide with --engine PATH, " +
          "or use another table with --target local or --target aws",
        cause: error,
      },
    );
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}

/** The end of what the engine says; its words are of files and ports, never of items. */
async function lastWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let words = "";
  for await (
    const chunk of stream.pipeThrough(
      new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
    )
  ) {
    words = (words + chunk).slice(-MOST_WORDS);
  }
  return words;
}
