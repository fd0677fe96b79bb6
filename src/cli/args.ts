/** The command line as one value. @module */

import { parseArgs } from "@std/cli";
import { EXIT, UserError } from "../domain/errors.ts";
import {
  type Command,
  type Common,
  type DeleteLimit,
  TABLE_ACTIONS,
} from "./command.ts";
import { suggestion } from "./suggest.ts";

/** The names of the commands that do something. */
export type Verb = keyof typeof VERBS;

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
const WRITE_FLAGS = ["journal", "rate", "max-wcu"] as const;
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
  "prune",
  "atomic",
  "detailed-exitcode",
  "force",
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
    flags: [...TARGET_FLAGS, ...RULE_FLAGS, ...WRITE_FLAGS],
    switches: [...RULE_SWITCHES, "branches", "prune", "atomic"],
    words: MANY,
  },
  plan: {
    flags: [...TARGET_FLAGS, ...RULE_FLAGS, "output"],
    switches: [...RULE_SWITCHES, "branches", "prune", "detailed-exitcode"],
    words: MANY,
  },
  apply: { flags: WRITE_FLAGS, switches: ["atomic"], words: 1 },
  parse: {
    flags: ["output", "archive"],
    switches: ["branches", "report"],
    words: MANY,
  },
  ingest: {
    flags: [...TARGET_FLAGS, ...RULE_FLAGS, ...WRITE_FLAGS],
    switches: [...RULE_SWITCHES, "atomic"],
    words: 1,
  },
  verify: {
    flags: [...TARGET_FLAGS, ...WRITE_FLAGS],
    switches: ["self", "repair", "branches", "atomic"],
    words: MANY,
  },
  runs: { flags: [...TARGET_FLAGS, "journal"], switches: [], words: 0 },
  undo: {
    flags: [...TARGET_FLAGS, ...RULE_FLAGS, ...WRITE_FLAGS],
    switches: ["atomic"],
    words: 1,
  },
  unlock: { flags: TARGET_FLAGS, switches: ["force"], words: 0 },
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
  const on = (name: OwnSwitch) => parsed[name] === true;
  return command(known, words, text, on, {
    json: parsed["json"] === true,
    quiet: parsed["quiet"] === true,
    color: parsed["no-color"] !== true,
  });
}

/** A switch that only some commands have. */
type OwnSwitch = typeof OWN_SWITCHES[number];

function command(
  verb: Verb,
  words: readonly string[],
  text: Readonly<Record<string, string>>,
  on: (name: OwnSwitch) => boolean,
  common: Common,
): Command {
  const {
    "endpoint-url": endpointUrl,
    "max-delete": most,
    "max-wcu": maxWcu,
    rate,
    ...rest
  } = text;
  const flags = {
    ...rest,
    ...(endpointUrl !== undefined && { endpointUrl }),
    ...common,
  };
  const limit = most !== undefined && { maxDelete: readLimit(most, verb) };
  const writes = {
    atomic: on("atomic"),
    ...(rate !== undefined && { rate: readUnits("rate", rate, verb) }),
    ...(maxWcu !== undefined && { maxWcu: readUnits("max-wcu", maxWcu, verb) }),
  };
  const rules = {
    allowOlder: on("allow-older"),
    allowOtherAccount: on("allow-other-account"),
    explain: on("explain"),
    ...limit,
  };
  const reads = { inputs: words, branches: on("branches") };
  const prune = on("prune");
  switch (verb) {
    case "sync":
      return { kind: verb, ...flags, ...reads, ...rules, ...writes, prune };
    case "plan": {
      const detailedExitcode = on("detailed-exitcode");
      const own = { prune, detailedExitcode };
      return { kind: verb, ...flags, ...reads, ...rules, ...own };
    }
    case "ingest":
      return { kind: verb, ...flags, ...rules, ...writes, inputs: words };
    case "verify": {
      const own = { self: on("self"), repair: on("repair") };
      return { kind: verb, ...flags, ...reads, ...writes, ...own };
    }
    case "parse":
      return { kind: verb, ...flags, ...reads, report: on("report") };
    case "drift":
    case "redact":
      return { kind: verb, ...flags, inputs: words };
    case "runs":
      return { kind: verb, ...flags };
    case "unlock":
      return { kind: verb, ...flags, force: on("force") };
    case "apply":
    case "undo": {
      const [word] = words;
      if (word === undefined) {
        const what = verb === "apply"
          ? "the file of a plan"
          : "the id of a run";
        throw usageError(`"${verb}" needs ${what}`, verb);
      }
      return verb === "apply"
        ? { kind: verb, ...flags, ...writes, file: word }
        : { kind: verb, ...flags, ...writes, ...limit, run: word };
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

function readUnits(flag: string, text: string, verb: Verb): number {
  if (/^[1-9]\d{0,11}$/.test(text)) return Number(text);
  const message =
    `Option --${flag} takes a whole number of write units, not "${text}"`;
  throw usageError(message, verb);
}

function readLimit(text: string, verb: Verb): DeleteLimit {
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
