/** Stands in for the cases: the third never ends. @module */

for (let seed = Number(Deno.args[0]);; seed++) {
  while (seed === 42);
  await Deno.stdout.write(new TextEncoder().encode("read\n"));
}
