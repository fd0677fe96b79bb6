/** Trying again: full jitter, until nothing has moved for too long. @module */

/** How patient a {@linkcode Patience} is, and how it passes the time. */
export interface PatienceOptions {
  /** Milliseconds without progress after which it is over. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
  /** A number from 0 up to 1. */
  readonly random?: () => number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly sleep?: (
    milliseconds: number,
    signal?: AbortSignal,
  ) => Promise<void>;
}

/** Milliseconds: the first pause is at most the one, any at most the other. */
const PAUSE = { first: 50, most: 20_000 } as const;

/**
 * The pauses between attempts at one thing. Each is a random part of twice the one before, as AWS advises:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class Patience {
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #sleep: (
    milliseconds: number,
    signal?: AbortSignal,
  ) => Promise<void>;
  #attempts = 0;
  #since: number;

  constructor(options: PatienceOptions) {
    this.#deadline = options.deadline;
    this.#signal = options.signal;
    this.#random = options.random ?? Math.random;
    this.#now = options.now ?? (() => performance.now());
    this.#sleep = options.sleep ?? sleep;
    this.#since = this.#now();
  }

  /** Something moved: pauses are short again, and the deadline far. */
  progress(): void {
    this.#attempts = 0;
    this.#since = this.#now();
  }

  /**
   * Waits before the next attempt.
   *
   * @param why What to throw when it has been too long.
   */
  async pause(why: unknown): Promise<void> {
    if (this.#now() - this.#since >= this.#deadline) throw why;
    const most = Math.min(PAUSE.most, PAUSE.first * 2 ** this.#attempts++);
    await this.#sleep(this.#random() * most, this.#signal);
  }
}

/** Resolves after that time, or rejects with the signal's reason. */
export function sleep(
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
