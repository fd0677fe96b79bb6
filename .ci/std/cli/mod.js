// @ts-self-types="./mod.d.ts"
export * from "./cli/parse_args.js";
