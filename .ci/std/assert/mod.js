// @ts-self-types="./mod.d.ts"
export * from "./assert/mod.js";
