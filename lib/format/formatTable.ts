/**
 * Returns the lines of a table whose columns are aligned.
 *
 * @param columns The width to keep to: a row that does not fit continues below, at its column. Default: no limit.
 */
export const formatTable = (rows: readonly (readonly string[])[], columns = Infinity): string[] => {
  const widthOf = (texts: readonly string[]): number => Math.max(...texts.map((text) => text.length));
  const cells = (column: number): string[] => rows.map((row) => row[column]!);
  const widths = (rows[0] ?? []).map((_, column) => widthOf(cells(column)));
  const total = widths.reduce((sum, width) => sum + width + 2, -2);
  const last = widths.length - 1;
  // The column before the last one gives way.
  if (total > columns && last > 0) widths[last - 1] = Math.max(widths[last - 1]! - (total - columns), 0);
  return rows.flatMap((row) => {
    const fits = last < 1 || row[last - 1]!.length <= widths[last - 1]!;
    const start = row.slice(0, last).map((cell, column) => cell.padEnd(widths[column]!));
    if (fits) return [[...start, row[last]].join('  ').trimEnd()];
    const indent = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
    return [start.join('  ').trimEnd(), `${' '.repeat(indent)}${row[last]}`];
  });
};
