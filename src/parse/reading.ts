/** What reading one conversation needs to know of the whole export, and what it leaves behind. @module */

import { emptyInventory, type Inventory } from "../domain/inventory.ts";
import { type AssetTable, NO_ASSETS } from "./assets.ts";
import type { Details } from "./details.ts";
import { FieldCounter, printableName } from "./fields.ts";

/** What is known before the first conversation is read. */
export interface Knowledge {
  readonly assets: AssetTable;
  readonly details: Details;
  /** Whether messages off the thread are read too. */
  readonly branches: boolean;
}

/** Knowing nothing but the conversations themselves. */
export const NO_KNOWLEDGE: Knowledge = {
  assets: NO_ASSETS,
  details: {},
  branches: false,
};

/** One reading of an export. */
export class Reading {
  readonly knowledge: Knowledge;
  readonly fields = new FieldCounter();
  readonly #layouts: Counts = new Map();
  readonly #contentTypes: Counts = new Map();
  readonly #roles: Counts = new Map();
  readonly #unknownTypes: Counts = new Map();

  constructor(knowledge: Knowledge = NO_KNOWLEDGE) {
    this.knowledge = knowledge;
  }

  countLayout(layout: string): void {
    add(this.#layouts, layout);
  }

  countMessage(contentType: string, role: string): void {
    add(this.#contentTypes, contentType);
    add(this.#roles, role);
  }

  countUnknownType(type: string): void {
    add(this.#unknownTypes, type);
  }

  /** All counts so far. */
  inventory(): Inventory {
    const { fields, unknown } = this.fields.counts();
    return {
      ...emptyInventory(),
      layouts: Object.fromEntries(this.#layouts),
      contentTypes: printable(this.#contentTypes),
      roles: printable(this.#roles),
      fields,
      unknownTypes: printable(this.#unknownTypes),
      unknownFields: unknown,
    };
  }
}

type Counts = Map<string, number>;

/** Different names that are told apart: an export could have one for each message. */
const MOST_NAMES = 1_000;

function add(counts: Counts, name: string): void {
  const count = counts.get(name);
  const full = counts.size >= MOST_NAMES && name !== "";
  if (count === undefined && full) add(counts, "");
  else counts.set(name, (count ?? 0) + 1);
}

function printable(counts: Counts): Record<string, number> {
  const shown: Counts = new Map();
  for (const [name, count] of counts) {
    const key = printableName(name);
    shown.set(key, (shown.get(key) ?? 0) + count);
  }
  return Object.fromEntries(shown);
}
