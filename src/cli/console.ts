/** The one place that writes to the terminal: results to stdout, all else to stderr. @module */

import type { UserError } from "../domain/errors.ts";

/** How a {@linkcode Console} behaves. */
export interface ConsoleOptions {
  /** Whether stdout is to be one JSON value: then text results are left out. */
  readonly json: boolean;
  /** Whether only errors and results are to be told. */
  readonly quiet: boolean;
  /** Whether the progress line may be redrawn and colours used. */
  readonly terminal: boolean;
  readonly color: boolean;
}

/** Where a console writes to and reads from; a process's own, or a test's. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
  /** Asks for a line of text; undefined where nobody can be asked. */
  ask(question: string): string | undefined;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Milliseconds between two draws of the progress line, and between two plain progress lines. */
const REDRAW_MS = 100;
const PLAIN_MS = 5000;

/** Draws results, messages and the progress line. */
export class Console {
  readonly #options: ConsoleOptions;
  readonly #streams: Streams;
  #drawn = "";
  #told = false;
  #lastProgress: number;

  constructor(streams: Streams, options: ConsoleOptions) {
    this.#streams = streams;
    this.#options = options;
    this.#lastProgress = options.terminal ? -Infinity : streams.now();
  }

  /** The result of the command: text for a person, or the value with `--json`. */
  result(text: string, value: unknown): void {
    this.#clear();
    this.#told = true;
    if (this.#options.json) {
      this.#streams.out(`${JSON.stringify(value, undefined, 2)}\n`);
    } else if (!this.#options.quiet) this.#streams.out(`${text}\n`);
  }

  /** Something worth knowing on the way. */
  note(text: string): void {
    if (this.#options.quiet) return;
    this.#clear();
    this.#streams.err(`${text}\n`);
  }

  /** Something that went wrong, but did not end the run. */
  warn(text: string): void {
    this.#clear();
    this.#streams.err(`${this.#paint("33", "warning:")} ${text}\n`);
  }

  /** What ended the run; with `--json` also on stdout, unless the result already tells it. */
  failure(error: UserError, stack?: string): void {
    this.#clear();
    const { message, hint, code } = error;
    if (this.#options.json && !this.#told) {
      this.#streams.out(
        `${
          JSON.stringify(
            { error: { message, hint }, exitCode: code },
            undefined,
            2,
          )
        }\n`,
      );
    }
    const rest = [hint && `  ${hint}`, stack].filter((line) =>
      line !== undefined
    ).map((line) => `${line}\n`);
    this.#streams.err(
      `${this.#paint("31", "error:")} ${message}\n${rest.join("")}`,
    );
  }

  /** How far the run has come: one line redrawn on a terminal, elsewhere a line every few seconds. */
  progress(text: () => string): void {
    if (this.#options.quiet) return;
    const now = this.#streams.now();
    if (
      now - this.#lastProgress < (this.#options.terminal ? REDRAW_MS : PLAIN_MS)
    ) return;
    this.#lastProgress = now;
    if (!this.#options.terminal) return this.#streams.err(`${text()}\n`);
    this.#clear();
    this.#drawn = text().slice(0, 79);
    this.#streams.err(this.#drawn);
  }

  /** Asks for a line of text; undefined where nobody can be asked. */
  ask(question: string): string | undefined {
    this.#clear();
    return this.#streams.ask(question);
  }

  #clear(): void {
    if (this.#drawn === "") return;
    this.#streams.err(`\r${" ".repeat(this.#drawn.length)}\r`);
    this.#drawn = "";
  }

  #paint(code: string, text: string): string {
    return this.#options.color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/** The streams of this process. */
export function processStreams(): Streams {
  return {
    out: (text) => writeAll(Deno.stdout, text),
    err: (text) => writeAll(Deno.stderr, text),
    ask: (question) =>
      Deno.stdin.isTerminal() ? prompt(question) ?? "" : undefined,
    now: () => performance.now(),
  };
}

function writeAll(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}
