import { formatTable } from '../../lib/format/formatTable';

describe('formatTable', () => {
  const rows = [
    ['NAME', 'VALUE', 'FROM'],
    ['a', '1', 'default'],
    ['host', '127.0.0.1', '--host'],
  ];

  it('aligns columns, and leaves no spaces at the end of a line', () => {
    expect(formatTable(rows)).toEqual(['NAME  VALUE      FROM', 'a     1          default', 'host  127.0.0.1  --host']);
  });

  it('continues a row below that does not fit', () => {
    expect(formatTable(rows, 20)).toEqual([
      'NAME  VALUE  FROM',
      'a     1      default',
      'host  127.0.0.1',
      '             --host',
    ]);
  });
});
