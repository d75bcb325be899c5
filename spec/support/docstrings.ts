import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as rxjs from 'rxjs';

const lib = join(__dirname, '../../lib');

/** An `@example` of a docstring. */
export interface DocumentedExample {
  /** `tcp/tcpServer.ts:20` */
  readonly where: string;
  /** `tcp/tcpServer` */
  readonly module: string;
  readonly code: string;
}

/** What stands behind each `@example` of a docstring in the library, without the margin. */
export const documentedExamples = (): DocumentedExample[] =>
  readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .flatMap((file) => {
      const text = readFileSync(join(lib, file), 'utf8');
      return [...text.matchAll(/@example\b([\s\S]*?)(?=\n *\*\/|\n *\* @)/g)].map(({ index, 1: block }) => ({
        where: `${file}:${text.slice(0, index).split('\n').length}`,
        module: file.replace(/\.ts$/, ''),
        code: block!.replace(/^ *\* ?/gm, '').trim(),
      }));
    });

/** The example as a module that exports it as a function; what it names of ours and of RxJS is imported. */
export const exampleModule = ({ module, code }: DocumentedExample): string => {
  const own = exportsOf(readFileSync(join(lib, `${module}.ts`), 'utf8'));
  const ours = exportsOf(readFileSync(join(lib, 'index.ts'), 'utf8'));
  const named = new Set(code.match(/\b[A-Za-z]\w*\b/g));
  const imports = code.match(/^import .*$/gm) ?? [];
  const importing = (names: readonly string[], from: string): string => {
    const used = names.filter((name) => named.has(name) && !imports.some((line) => line.includes(name)));
    for (const name of used) named.delete(name);
    return used.length > 0 ? `import { ${used.join(', ')} } from '${from}';` : '';
  };
  return [
    ...imports,
    named.has('assert') ? `import assert from 'node:assert';` : '',
    importing(ours, '../lib/index'),
    importing(own, `../lib/${module}`),
    importing([...Object.keys(rxjs), 'MonoTypeOperatorFunction'], 'rxjs'),
    importing(['everyThird'], '../examples/every-third'),
    'export const example = async (): Promise<void> => {',
    code.replace(/^import .*$/gm, ''),
    '};',
  ].join('\n');
};

const exportsOf = (source: string): string[] => [
  ...[...source.matchAll(/^export (?:const|function|class|interface|type) (\w+)/gm)].map(([, name]) => name!),
  ...[...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names]) =>
    names!.split(',').map((name) => name.replace(/\btype\b/, '').trim()),
  ),
];
