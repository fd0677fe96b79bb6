/** Capacity units: what DynamoDB counts and charges by, and what a run may use of them. @module */

import type { ConsumedCapacity } from "@aws-sdk/client-dynamodb";
import { EXIT, UserError } from "../domain/errors.ts";
import { sleep } from "./retry.ts";
import { type Item, itemSize } from "./values.ts";

/** Read and write capacity units. */
export interface Units {
  readonly read: number;
  readonly write: number;
}

/** What a run may use, and how it passes the time. */
export interface CapacityOptions {
  /** The most write units a second. */
  readonly rate?: number | undefined;
  /** The most write units altogether. */
  readonly most?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly sleep?: (
    milliseconds: number,
    signal?: AbortSignal,
  ) => Promise<void>;
}

/** Bytes of a write unit. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const WRITE_UNIT = 1024;

/** The write units of putting or deleting an item: those of the larger of what was and what will be there. */
export function writeUnits(item: Item | undefined, old?: Item): number {
  return unitsOf(item ? itemSize(item) : 0, old);
}

/** The same where the size of the item that is put is known. */
export function unitsOf(size: number, old?: Item): number {
  const most = Math.max(size, old ? itemSize(old) : 0);
  return Math.max(1, Math.ceil(most / WRITE_UNIT));
}

/** Counts units, and holds back or refuses writes that go past what was allowed. */
export class Capacity {
  readonly #options: CapacityOptions;
  readonly #now: () => number;
  #predicted = 0;
  #read = 0;
  #write = 0;
  /** Units that may be used at once; below zero where that many are owed. */
  #tokens: number;
  #filled: number;

  constructor(options: CapacityOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#tokens = options.rate ?? 0;
    this.#filled = this.#now();
  }

  /** The units that DynamoDB says were consumed. */
  get consumed(): Units {
    return { read: this.#read, write: this.#write };
  }

  /** The write units that the items' sizes say would be consumed. */
  get predicted(): number {
    return this.#predicted;
  }

  /**
   * Waits until that many write units may be used.
   *
   * @throws {UserError} When they may never be, with the exit code for a run that is not complete.
   */
  async take(units: number): Promise<void> {
    const { rate, most, signal } = this.#options;
    const used = Math.max(this.#predicted, this.#write);
    if (most !== undefined && used + units > most) {
      throw new UserError(
        `The next write would go past ${most} write units, of which ${used} are used`,
        {
          hint: "Run it again to go on from here, or raise --max-wcu",
          code: EXIT.incomplete,
        },
      );
    }
    this.#predicted += units;
    if (rate === undefined) return;
    const now = this.#now();
    const filled = this.#tokens + (now - this.#filled) / 1000 * rate;
    this.#filled = now;
    // A second's worth may be used at once. Whoever takes more than there is waits until it has come in.
    this.#tokens = Math.min(rate, filled) - units;
    if (this.#tokens >= 0) return;
    const pause = this.#options.sleep ?? sleep;
    await pause(-this.#tokens / rate * 1000, signal);
  }

  /** Counts what an answer says of its request. */
  count(
    kind: keyof Units,
    consumed: ConsumedCapacity | ConsumedCapacity[] | undefined,
  ): void {
    for (const { CapacityUnits = 0 } of [consumed ?? []].flat()) {
      if (kind === "read") this.#read += CapacityUnits;
      else this.#write += CapacityUnits;
    }
  }
}
