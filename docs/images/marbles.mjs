// Draws the sentence of the echo as a marble diagram. `npm run docs:images` writes docs/images/echo.svg.
import { writeFileSync } from 'node:fs';

/** A line of code, and what happens in it: one column is one moment, a letter a value, `|` the end, `!` the signal. */
const rows = [
  ['connections$.pipe(', '--A-------B-----------------', 'connection'],
  ['  takeUntilDrained(signal$, queue),', '--A-------B-------|---------', 'connection'],
  ['  mergeMap((connection) =>', '', ''],
  ['    connection.bytes$.pipe(', '----a-b-----d-c-----e-------', 'bytes'],
  ['      takeUntilDrained(signal$, …),', '----a-b-----d-c-----e|------', 'bytes'],
  ['      through(connection),', '-------a-b-----d-c-----e|---', 'bytes'],
  ['      connection.writes(),', '-------a-b-----d-c-----e|---', 'bytes'],
  ['    ).pipe(lifecycle(connection)),', '--o-------o-------------xx|-', 'event'],
  ['signal$', '------------------!---------', 'signal'],
];

const [left, column, height, top] = [340, 20, 36, 30];
const width = left + 29 * column;
const y = (row) => top + row * height;
const x = (index) => left + index * column;
const ownerOf = { a: 'A', b: 'A', c: 'A', d: 'B', e: 'B', A: 'A', B: 'B' };

const mark = (value, index, row, kind) => {
  const [cx, cy] = [x(index), y(row)];
  if (value === '|') return `<line class="axis" x1="${cx}" y1="${cy - 11}" x2="${cx}" y2="${cy + 11}"/>`;
  if (value === '!') return `<path class="signal" d="M${cx} ${cy - 11}l9 20h-18z"/>`;
  if (kind === 'event') {
    const shape = value === 'o' ? 'opened' : 'closed';
    return `<circle class="event ${shape}" cx="${cx}" cy="${cy}" r="7"/>`;
  }
  const shape =
    kind === 'connection'
      ? `<rect class="${ownerOf[value]}" x="${cx - 11}" y="${cy - 11}" width="22" height="22" rx="4"/>`
      : `<circle class="${ownerOf[value]}" cx="${cx}" cy="${cy}" r="11"/>`;
  return `${shape}<text class="value" x="${cx}" y="${cy + 4}">${value}</text>`;
};

const line = ([code, marbles, kind], row) => {
  const indent = code.length - code.trimStart().length;
  const label = `<text class="code" x="${16 + indent * 8}" y="${y(row) + 5}">${code.trim().replace('>', '&gt;')}</text>`;
  if (marbles === '') return label;
  const axis = `<path class="axis" d="M${left} ${y(row)}H${width - 24}m-7 -5l7 5l-7 5"/>`;
  return [
    label,
    axis,
    ...[...marbles].map((value, index) => (value === '-' ? '' : mark(value, index, row, kind))),
  ].join('');
};

const style = `
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
  .code { fill: #1f2328 } .note { fill: #59636e; font-size: 12px } .value { fill: #fff; font-size: 12px; text-anchor: middle }
  .axis { stroke: #818b98; fill: none; stroke-width: 1.5 } .A { fill: #0969da } .B { fill: #8250df }
  .opened { fill: none; stroke: #1a7f37; stroke-width: 2 } .closed { fill: #1a7f37 } .signal { fill: #cf222e }
  .stop { stroke: #cf222e; stroke-dasharray: 3 4 }
  @media (prefers-color-scheme: dark) { .code { fill: #e6edf3 } .note { fill: #9198a1 } }`;

const total = y(rows.length) + 34;
const stop = x(18);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" role="img">
<title>The echo as a marble diagram: the bytes of two clients pass the stages and go back, and a stop drains them</title>
<style>${style}
</style>
<line class="stop" x1="${stop}" y1="12" x2="${stop}" y2="${y(rows.length - 1) - 14}"/>
${rows.map(line).join('\n')}
<text class="note" x="16" y="${total - 30}">A, B: connections. a to e: their chunks, here through a stage that delays. Green: opened, closed.</text>
<text class="note" x="16" y="${total - 12}">After the signal, e is still read and sent back: completion drains, unsubscription aborts.</text>
</svg>
`;

if (process.argv[2] === '-') process.stdout.write(svg);
else writeFileSync(new URL('echo.svg', import.meta.url), svg);
