import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { startEcho } from '../lib/server/startEcho';
import { documentedExamples, exampleModule } from './support/docstrings';
import { start } from './support/process';

// The compiler takes its time on a busy machine.
jest.setTimeout(60_000);

const root = join(__dirname, '..');
const examples = documentedExamples().map((example, index) => ({
  ...example,
  file: join(root, `spec/example-${index}.ts`),
  source: exampleModule(example),
}));

/** What the compiler says of each example, as if it were a file of the project. */
const complaints = (): string[] => {
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    root,
  );
  // An example declares what it shows.
  const options = { ...config.options, noUnusedLocals: false, isolatedModules: false };
  const host = ts.createCompilerHost(options);
  const sources = new Map(examples.map(({ file, source }) => [file, source]));
  host.readFile = (path) => sources.get(resolve(path)) ?? ts.sys.readFile(path);
  host.fileExists = (path) => sources.has(resolve(path)) || ts.sys.fileExists(path);
  const program = ts.createProgram([...sources.keys()], options, host);
  return examples.flatMap(({ where, file }) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map(({ messageText }) => {
      return `${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    }),
  );
};

describe('the examples of the docstrings', () => {
  it('are there', () => expect(examples.length).toBeGreaterThan(8));

  it('compile', () => expect(complaints()).toEqual([]));

  it('run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccecho-'));
    await using echo = await startEcho({ tcp: true, udp: true });
    // Servers take a free port, clients find one that echoes.
    const withPorts = (source: string): string =>
      source.replaceAll(/^.*\b700[78]\b.*$/gm, (line) =>
        line.replace(/\b700[78]\b/g, line.includes('Client(') ? String(echo.port) : '0'),
      );
    const paths = examples.map(({ source }, index) => {
      const module = withPorts(source)
        .replaceAll(`'../lib/`, `'${join(root, 'dist/lib')}/`)
        .replaceAll(/'(rxjs|ix)\b/g, (_, name: string) => `'${dirname(require.resolve(`${name}/package.json`))}`);
      const { outputText } = ts.transpileModule(module, {
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
      });
      const path = join(folder, `example-${index}.js`);
      writeFileSync(path, outputText);
      return path;
    });
    const run = `
      const run = async () => {
        for (const path of process.argv.slice(1)) {
          await require(path).example();
          console.log('ran');
        }
      };
      // Servers would stay: what they still have to say comes within some turns.
      run().then(() => setTimeout(() => process.exit(), 100));`;
    await using all = start(process.execPath, ['-e', run, ...paths]);
    expect([await all.ended, all.stderr.text]).toEqual([0, '']);
    expect(all.stdout.lines).toEqual(examples.map(() => 'ran'));
    rmSync(folder, { recursive: true });
  });
});
