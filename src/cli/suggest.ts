/** Names that a person may have meant. @module */

/** `; did you mean "--table"?` for the nearest of the names, if one is near. */
export function suggestion(word: string, names: readonly string[]): string {
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
