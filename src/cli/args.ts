/** The command line as one value. @module */

import { parseArgs } from "@std/cli";
import { EXIT, UserError } from "../domain/errors.ts";

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
    & TargetFlags
    & Common
  )
  | ({ readonly kind: "sync" } & ReadFlags & RuleFlags & TargetFlags & Common)
  | (
    & {
      readonly kind: "verify";
      /** Whether the table is looked at alone. */
      readonly self: boolean;
      readonly repair: boolean;
    }
    & ReadFlags
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

/** The names of the commands that do something. */
export type Verb = keyof typeof VERBS;

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
  readonly maxDelete?: { readonly rows: number } | { readonly percent: number };
  /** Whether the export may be of another account than the table's. */
  readonly allowOtherAccount: boolean;
  /** Whether to list what becomes of each stored message that is not on the thread. */
  readonly explain: boolean;
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

const TABLE_ACTIONS = ["create", "describe", "delete"] as const;
const TARGET_FLAGS = [
  "target",
  "endpoint-url",
  "region",
  "profile",
  "table",
  "data",
  "engine",
] as const;
const RULE_FLAGS = ["max-delete"] as const;
/** Switches of every command, and those of some. */
const SWITCHES = ["help", "version", "json", "quiet", "no-color"] as const;
const OWN_SWITCHES = [
  "allow-older",
  "allow-other-account",
  "explain",
  "branches",
  "report",
  "self",
  "repair",
] as const;
const RULE_SWITCHES = [
  "allow-older",
  "allow-other-account",
  "explain",
] as const;
/** A command line names no more exports than this. */
const MANY = 10_000;
const ALIASES: Readonly<Record<string, string>> = {
  h: "help",
  V: "version",
  q: "quiet",
  o: "output",
  t: "table",
};

/** Each verb with its flags that take a value, its own switches, and how many words it takes. */
const VERBS = {
  sync: {
    flags: [...TARGET_FLAGS, ...RULE_FLAGS],
    switches: [...RULE_SWITCHES, "branches"],
    words: MANY,
  },
  parse: {
    flags: ["output", "archive"],
    switches: ["branches", "report"],
    words: MANY,
  },
  ingest: {
    flags: [...TARGET_FLAGS, ...RULE_FLAGS],
    switches: RULE_SWITCHES,
    words: 1,
  },
  verify: {
    flags: TARGET_FLAGS,
    switches: ["self", "repair", "branches"],
    words: MANY,
  },
  drift: { flags: TARGET_FLAGS, switches: [], words: MANY },
  redact: { flags: ["output"], switches: [], words: 1 },
  table: { flags: [...TARGET_FLAGS, "confirm"], switches: [], words: 1 },
} as const satisfies Record<
  string,
  {
    readonly flags: readonly string[];
    readonly switches: readonly typeof OWN_SWITCHES[number][];
    readonly words: number;
  }
>;

/**
 * Reads the command line.
 *
 * @throws {UserError} With exit code 64 for whatever it does not know, with a suggestion where one is near.
 */
export function readArgs(args: readonly string[]): Command {
  const unknown: string[] = [];
  const values = [
    ...new Set(Object.values(VERBS).flatMap(({ flags }) => [...flags])),
  ];
  // The flags' types are told by the tables above; what parseArgs infers from them is of no use here.
  const parsed: { readonly [flag: string]: unknown; readonly _: unknown[] } =
    parseArgs([...args], {
      boolean: [...SWITCHES, ...OWN_SWITCHES],
      string: ["_", ...values],
      alias: { ...ALIASES },
      unknown: (arg: string, key?: string) => {
        if (key !== undefined) unknown.push(arg);
        return key === undefined;
      },
    });
  const words = parsed._.map(String);
  const verb = words.shift();
  if (parsed["version"]) return { kind: "version" };
  if (verb === undefined || verb === "help") {
    refuseUnknown(unknown, [...SWITCHES, ...OWN_SWITCHES, ...values]);
    const about = words[0];
    return {
      kind: "help",
      verb: about === undefined ? undefined : asVerb(about),
    };
  }
  const known = asVerb(verb);
  const { flags, switches, words: most } = VERBS[known];
  if (parsed["help"]) return { kind: "help", verb: known };
  refuseUnknown(unknown, [...SWITCHES, ...switches, ...flags]);
  const text: Record<string, string> = {};
  for (const flag of values) {
    const value = parsed[flag];
    if (value === undefined) continue;
    if (!(flags as readonly string[]).includes(flag)) {
      throw usageError(`"${known}" has no option --${flag}`, known);
    }
    if (value === "") throw usageError(`Option --${flag} needs a value`, known);
    text[flag] = String(value);
  }
  for (const name of OWN_SWITCHES) {
    if (
      parsed[name] === true && !(switches as readonly string[]).includes(name)
    ) {
      throw usageError(`"${known}" has no option --${name}`, known);
    }
  }
  if (words.length > most) {
    throw usageError(`Unexpected word "${words[most]}"`, known);
  }
  const own = {
    allowOlder: parsed["allow-older"] === true,
    allowOtherAccount: parsed["allow-other-account"] === true,
    explain: parsed["explain"] === true,
    branches: parsed["branches"] === true,
    report: parsed["report"] === true,
    self: parsed["self"] === true,
    repair: parsed["repair"] === true,
  };
  return command(known, words, text, own, {
    json: parsed["json"] === true,
    quiet: parsed["quiet"] === true,
    color: parsed["no-color"] !== true,
  });
}

function command(
  verb: Verb,
  words: readonly string[],
  text: Readonly<Record<string, string>>,
  own: Readonly<
    Record<
      | "allowOlder"
      | "allowOtherAccount"
      | "explain"
      | "branches"
      | "report"
      | "self"
      | "repair",
      boolean
    >
  >,
  common: Common,
): Command {
  const { "endpoint-url": endpointUrl, "max-delete": most, ...rest } = text;
  const flags = {
    ...rest,
    ...(endpointUrl !== undefined && { endpointUrl }),
    ...common,
  };
  const { allowOlder, allowOtherAccount, explain, branches, report } = own;
  switch (verb) {
    case "verify": {
      const { self, repair } = own;
      return { kind: verb, ...flags, inputs: words, branches, self, repair };
    }
    case "parse":
      return { kind: verb, ...flags, inputs: words, branches, report };
    case "drift":
    case "redact":
      return { kind: verb, ...flags, inputs: words };
    case "ingest":
    case "sync": {
      const rules = {
        allowOlder,
        allowOtherAccount,
        explain,
        ...(most !== undefined && { maxDelete: readLimit(most, verb) }),
      };
      return verb === "ingest"
        ? { kind: verb, ...flags, ...rules, inputs: words }
        : { kind: verb, ...flags, ...rules, inputs: words, branches };
    }
    case "table": {
      const [word] = words;
      const action = TABLE_ACTIONS.find((name) => name === word);
      if (action === undefined) {
        const said = word === undefined
          ? "Nothing said"
          : `Unknown word "${word}" said`;
        throw usageError(
          `${said} of what to do with the table: ${TABLE_ACTIONS.join(", ")}`,
          verb,
        );
      }
      return { kind: verb, action, ...flags };
    }
    default:
      return verb satisfies never;
  }
}

function readLimit(text: string, verb: Verb): RuleFlags["maxDelete"] & object {
  const match = /^(\d{1,15})(%?)$/.exec(text);
  const number = Number(match?.[1]);
  const percent = match?.[2] === "%";
  if (match === null || (percent && number > 100)) {
    throw usageError(
      `Option --max-delete takes a whole number or one of percent, not "${text}"`,
      verb,
    );
  }
  return percent ? { percent: number } : { rows: number };
}

function asVerb(word: string): Verb {
  if (Object.hasOwn(VERBS, word)) return word as Verb;
  throw usageError(
    `Unknown command "${word}"${suggestion(word, Object.keys(VERBS))}`,
  );
}

function refuseUnknown(
  unknown: readonly string[],
  flags: readonly string[],
): void {
  const [first] = unknown;
  if (first === undefined) return;
  const name = first.replace(/=.*$/s, "");
  throw usageError(
    `Unknown option "${name}"${
      suggestion(
        name,
        flags.map((flag) => `--${flag}`),
      )
    }`,
  );
}

function usageError(message: string, verb?: Verb): UserError {
  const hint = `See ${verb === undefined ? "" : `${verb} `}--help`;
  return new UserError(message, { hint, code: EXIT.usage });
}

/** `; did you mean "--table"?` for the nearest of the names, if one is near. */
function suggestion(word: string, names: readonly string[]): string {
  const near =
    names.map((name) => ({ name, distance: editDistance(word, name) }))
      .filter(({ name, distance }) =>
        distance <= Math.max(2, Math.floor(name.length / 3))
      )
      .sort((a, b) => a.distance - b.distance)[0];
  return near === undefined ? "" : `; did you mean "${near.name}"?`;
}

/** The Levenshtein distance: how many characters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return row[b.length] ?? 0;
}
