/** Numbers repeated names, `latency#2`, because a stage's state is kept by its name. */
export const uniqueNames = (taken: Iterable<string> = []): ((name: string) => string) => {
  const names = new Set(taken);
  return (name) => {
    let unique = name;
    for (let nth = 2; names.has(unique); nth += 1) unique = `${name}#${nth}`;
    names.add(unique);
    return unique;
  };
};
