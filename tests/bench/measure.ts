/** Measuring side by side: rivals take turns, so that a machine that slows down slows all of them. @module */

/** One of the rivals. */
export interface Rival {
  readonly name: string;
  /** Does the work once and tells how much it did, and in how many seconds if not all of its time counts. */
  run(): Promise<{ readonly work: number; readonly seconds?: number }>;
}

/** Runs the rivals in turn after a warm-up, and prints the median rate of each and its ratio to the first. */
export async function compare(
  title: string,
  unit: string,
  rounds: number,
  rivals: readonly Rival[],
): Promise<void> {
  const rates = new Map(rivals.map(({ name }) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round++) {
    for (const { name, run } of rivals) {
      const start = performance.now();
      const { work, seconds } = await run();
      const rate = work / (seconds ?? (performance.now() - start) / 1000);
      if (round >= 0) rates.get(name)?.push(rate);
    }
  }
  const base = median(rates.get(rivals[0]?.name ?? "") ?? []);
  const width = Math.max(...rivals.map(({ name }) => name.length));
  print(`\n${title}`);
  for (const [name, list] of rates) {
    const middle = median(list);
    const ratio = (middle / base).toFixed(2);
    print(
      `  ${name.padEnd(width)}  ${middle.toFixed(0).padStart(8)} ${unit}  ${
        ratio.padStart(6)
      } x`,
    );
  }
}

/** Prints a line of the result. */
export function print(line: string): void {
  // deno-lint-ignore no-console -- a benchmark's only output
  console.log(line);
}

function median(list: readonly number[]): number {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
