/** A saved plan: which run to make, and all that it will write, by digests only. @module */

import { basename } from "@std/path";
import { reason, UserError } from "../domain/errors.ts";
import type { PlannedChange } from "../store/rehearsal.ts";
import type { SyncOptions } from "../sync/mod.ts";
import type { Settings } from "./config.ts";

/** What to do. Nothing in it is text from a conversation. */
export interface PlanFile {
  readonly chatkeep: "plan";
  readonly version: 1;
  /** When it was made, as ISO 8601. */
  readonly made: string;
  /** The exports, by absolute paths. */
  readonly inputs: readonly string[];
  readonly branches: boolean;
  readonly settings: Settings;
  readonly rules: Pick<
    SyncOptions,
    "allowOlder" | "allowOtherAccount" | "explain" | "prune" | "maxDeletes"
  >;
  /** What will be done, by the value of the partition key. */
  readonly changes: Readonly<Record<string, Readonly<PlannedChange>>>;
  /** Capacity units that this will use. */
  readonly units: { readonly read: number; readonly write: number };
}

/**
 * Saves a plan, for its owner alone.
 *
 * @throws {UserError} When that is not possible.
 */
export async function savePlan(file: string, plan: PlanFile): Promise<void> {
  try {
    const text = `${JSON.stringify(plan, undefined, 1)}\n`;
    await Deno.writeTextFile(file, text, { mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new UserError(`Cannot write the plan "${file}": ${reason(error)}`, {
      hint: "Choose another place with --output FILE",
      cause: error,
    });
  }
}

/**
 * Reads a plan.
 *
 * @throws {UserError} When it is none.
 */
export async function readPlan(file: string): Promise<PlanFile> {
  let plan: unknown;
  try {
    plan = JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const why = error instanceof SyntaxError ? "it is no JSON" : reason(error);
    throw unusable(file, why);
  }
  if (!isPlan(plan)) throw unusable(file, "it is no plan of this program");
  if (plan.version !== 1) {
    throw unusable(file, "a later version of this program made it");
  }
  return plan;
}

function isPlan(value: unknown): value is PlanFile {
  const plan = (value ?? {}) as Partial<Record<keyof PlanFile, unknown>>;
  const isObject = (one: unknown) => typeof one === "object" && one !== null;
  return plan.chatkeep === "plan" && Array.isArray(plan.inputs) &&
    plan.inputs.every((input) => typeof input === "string") &&
    [plan.settings, plan.rules, plan.changes, plan.units].every(isObject) &&
    Object.values(plan.changes as object).every((change) =>
      typeof change?.digest === "string"
    );
}

function unusable(file: string, why: string): UserError {
  return new UserError(`Cannot use the plan "${basename(file)}": ${why}`, {
    hint: "Make one with plan EXPORT -o FILE",
  });
}
