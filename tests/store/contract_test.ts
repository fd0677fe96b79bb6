import { DynamoStore } from "../../src/store/dynamo.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { testStoreContract } from "../support/store_contract.ts";

testStoreContract("MemoryStore", () => {
  const store = new MemoryStore();
  return Promise.resolve({
    store,
    other: store,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

testStoreContract(`DynamoStore on ${ENGINE_NAME}`, async () => {
  await using cleanup = new AsyncDisposableStack();
  const engine = cleanup.use(await openTestEngine());
  const access = cleanup.use(await engine.temporaryTable());
  const owned = cleanup.move();
  return {
    store: new DynamoStore(access),
    other: new DynamoStore(access),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
});
