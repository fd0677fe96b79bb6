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

for (const transactions of ["never", "conversations", "always"] as const) {
  const name = `DynamoStore on ${ENGINE_NAME}, transactions ${transactions}`;
  testStoreContract(name, async () => {
    await using cleanup = new AsyncDisposableStack();
    const engine = cleanup.use(await openTestEngine());
    const access = cleanup.use(await engine.temporaryTable());
    const owned = cleanup.move();
    return {
      store: new DynamoStore({ ...access, transactions }),
      other: new DynamoStore({ ...access, transactions }),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  });
}
