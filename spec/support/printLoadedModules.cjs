/**
 * For `node --require`: when it ends, the process says on stderr what it had loaded, as one line of JSON: the names of
 * packages, and its files as `lib/cli/run`.
 */
const { writeSync } = require('node:fs');

const nameOf = (path) =>
  /node_modules.(@[^/\\]+.[^/\\]+|[^/\\]+)/.exec(path)?.[1] ?? /dist.(.+)\.js$/.exec(path)?.[1] ?? path;

process.on('exit', () => {
  const names = Object.keys(require.cache).map((path) => nameOf(path).replaceAll('\\', '/'));
  writeSync(2, `${JSON.stringify([...new Set(names)])}\n`);
});
