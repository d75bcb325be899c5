import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { startEcho } from '../lib/server/startEcho';
import { compileErrors } from './support/compileErrors';
import { documentedExamples, exampleModule } from './support/docstrings';
import { start } from './support/process';

// The compiler takes its time on a busy machine.
jest.setTimeout(60_000);

const root = join(__dirname, '..');
const examples = documentedExamples().map((example) => ({ ...example, source: exampleModule(example) }));

describe('the examples of the docstrings', () => {
  it('are there', () => expect(examples.length).toBeGreaterThan(8));

  it('compile', () => expect(compileErrors(examples)).toEqual([]));

  it('run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccecho-'));
    await using echo = await startEcho({ tcp: true, udp: true });
    // Servers take a free port, clients find one that echoes.
    const withPorts = (source: string): string =>
      source.replaceAll(/^.*\b700[78]\b.*$/gm, (line) =>
        line.replace(/\b700[78]\b/g, /Client\(|probe\(/.test(line) ? String(echo.port) : '0'),
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
