// The part of @std/cli that the program uses, without the inference of flag types from the options.
// deno-lint-ignore-file no-explicit-any
export interface ParseOptions {
  readonly string?: readonly string[];
  readonly boolean?: readonly string[];
  readonly collect?: readonly string[];
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  readonly "--"?: boolean;
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
export function parseArgs(
  args: string[],
  options?: ParseOptions,
): { [flag: string]: any; _: Array<string | number> };
