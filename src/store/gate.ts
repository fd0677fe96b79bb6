/** How many writes are under way at a time: fewer when DynamoDB throttles, more again when it does not. @module */

/** Lets a number of pieces of work through at a time. */
export class Gate {
  readonly #most: number;
  #limit: number;
  #running = 0;
  #smooth = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param most The most at a time. */
  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  /** How many may be under way now. */
  get limit(): number {
    return this.#limit;
  }

  /** Does the work when its turn has come. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) {
      await new Promise<void>((go) => this.#waiting.push(go));
    } else this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#admit();
    }
  }

  /** Something was throttled: half as many from now on. */
  slower(): void {
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#smooth = 0;
  }

  /** Something went through: after a round of those, one more at a time. */
  faster(): void {
    if (this.#limit === this.#most || ++this.#smooth < this.#limit) return;
    this.#limit++;
    this.#smooth = 0;
    this.#admit();
  }

  #admit(): void {
    while (this.#running < this.#limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running++;
      next();
    }
  }
}
