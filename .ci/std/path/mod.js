// @ts-self-types="./mod.d.ts"
export * from "./path/mod.js";
