/** Returns terms with their texts beside them, wrapped to `columns`. */
export const formatDefinitions = (
  entries: readonly (readonly [term: string, text: string])[],
  columns = 80,
): string[] => {
  const indent = Math.max(...entries.map(([term]) => term.length)) + 2;
  return entries.flatMap(([term, text]) =>
    wrapped(text, columns - indent).map((line, index) => `${(index === 0 ? term : '').padEnd(indent)}${line}`),
  );
};

const wrapped = (text: string, columns: number): string[] => {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
};
