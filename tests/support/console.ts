/** A console that records what it would print. @module */

import type { Streams } from "../../src/cli/console.ts";

/** Streams that keep what is written, with a clock and an answer of the test's own. */
export class RecordedStreams implements Streams {
  stdout = "";
  stderr = "";
  clock = 0;
  answer: string | undefined;

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  ask(): string | undefined {
    return this.answer;
  }

  now(): number {
    return this.clock;
  }
}
