/** What the program was asked to do, as one value. @module */

import type { Verb } from "./args.ts";

/** What the program was asked to do. */
export type Command =
  | { readonly kind: "help"; readonly verb: Verb | undefined }
  | { readonly kind: "version" }
  | (
    & {
      readonly kind: "parse";
      readonly output?: string;
      readonly archive?: string;
      /** Whether all that was seen in the export is to be listed. */
      readonly report: boolean;
    }
    & ReadFlags
    & Common
  )
  | (
    & { readonly kind: "ingest"; readonly inputs: readonly string[] }
    & RuleFlags
    & WriteFlags
    & TargetFlags
    & Common
  )
  | (
    & { readonly kind: "sync" }
    & ReadFlags
    & RuleFlags
    & PruneFlag
    & WriteFlags
    & TargetFlags
    & Common
  )
  | (
    & {
      readonly kind: "plan";
      /** Where to save the plan. */
      readonly output?: string;
      /** Whether the exit code tells that there is something to do. */
      readonly detailedExitcode: boolean;
    }
    & ReadFlags
    & RuleFlags
    & PruneFlag
    & TargetFlags
    & Common
  )
  | (
    & { readonly kind: "apply"; readonly file: string }
    & WriteFlags
    & Common
  )
  | (
    & {
      readonly kind: "verify";
      /** Whether the table is looked at alone. */
      readonly self: boolean;
      readonly repair: boolean;
    }
    & ReadFlags
    & WriteFlags
    & TargetFlags
    & Common
  )
  | (
    & { readonly kind: "runs"; readonly journal?: string }
    & TargetFlags
    & Common
  )
  | (
    & {
      readonly kind: "undo";
      /** The id of a run, or its beginning. */
      readonly run: string;
      readonly maxDelete?: DeleteLimit;
    }
    & WriteFlags
    & TargetFlags
    & Common
  )
  | (
    & { readonly kind: "unlock"; readonly force: boolean }
    & TargetFlags
    & Common
  )
  | (
    & { readonly kind: "drift"; readonly inputs: readonly string[] }
    & TargetFlags
    & Common
  )
  | ({
    readonly kind: "redact";
    readonly inputs: readonly string[];
    readonly output?: string;
  } & Common)
  | (
    & {
      readonly kind: "table";
      readonly action: TableAction;
      readonly confirm?: string;
    }
    & TargetFlags
    & Common
  );

/** What to do with the table itself. */
export type TableAction = typeof TABLE_ACTIONS[number];

/** How to talk to the person. */
export interface Common {
  /** Whether stdout is to be one JSON value. */
  readonly json: boolean;
  /** Whether only errors are to be told. */
  readonly quiet: boolean;
  /** False with `--no-color`. */
  readonly color: boolean;
}

/** What to read, as far as the command line says. */
export interface ReadFlags {
  /** The exports; none stands for the default. */
  readonly inputs: readonly string[];
  /** Whether messages off the thread are wanted too. */
  readonly branches: boolean;
}

/** The rules of a run, as far as the command line says. */
export interface RuleFlags {
  /** Whether conversations older than what is stored replace it. */
  readonly allowOlder: boolean;
  /** The most message rows to delete, by number or in percent. */
  readonly maxDelete?: DeleteLimit;
  /** Whether the export may be of another account than the table's. */
  readonly allowOtherAccount: boolean;
  /** Whether to list what becomes of each stored message that is not on the thread. */
  readonly explain: boolean;
}

/** A number of message rows, or a part of them. */
export type DeleteLimit =
  | { readonly rows: number }
  | { readonly percent: number };

/** Whether conversations that are not in the export are deleted. */
export interface PruneFlag {
  readonly prune: boolean;
}

/** How a run writes, as far as the command line says. */
export interface WriteFlags {
  /** Where to keep what is replaced and deleted; `none` for nowhere. */
  readonly journal?: string;
  /** Write units a second, and altogether. */
  readonly rate?: number;
  readonly maxWcu?: number;
  /** Whether a conversation is written in one transaction where it fits. */
  readonly atomic: boolean;
}

/** Which table, as far as the command line says. */
export interface TargetFlags {
  readonly target?: string;
  readonly endpointUrl?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly table?: string;
  readonly data?: string;
  readonly engine?: string;
}

/** The words that `table` takes. */
export const TABLE_ACTIONS = ["create", "describe", "delete"] as const;
