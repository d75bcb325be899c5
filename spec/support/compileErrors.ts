import { join, resolve } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '../..');

/** A module that stands in no file. */
export interface Source {
  /** Where it was found, for a message. */
  readonly where: string;
  readonly source: string;
}

/** Returns what the compiler reports of each module, as if it stood in `spec/`. */
export const compileErrors = (modules: readonly Source[]): string[] => {
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    root,
  );
  // An example declares what it shows.
  const options = { ...config.options, noUnusedLocals: false, isolatedModules: false };
  const host = ts.createCompilerHost(options);
  const files = modules.map((module, index) => ({ ...module, file: join(root, `spec/example-${index}.ts`) }));
  const sources = new Map(files.map(({ file, source }) => [file, source]));
  host.readFile = (path) => sources.get(resolve(path)) ?? ts.sys.readFile(path);
  host.fileExists = (path) => sources.has(resolve(path)) || ts.sys.fileExists(path);
  const program = ts.createProgram([...sources.keys()], options, host);
  return files.flatMap(({ where, file }) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => `${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`),
  );
};
