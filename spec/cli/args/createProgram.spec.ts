import { createProgram } from '../../../lib/cli/args/createProgram';

const help = (): string => {
  let text = '';
  const program = createProgram('1.2.3').configureOutput({ writeOut: (written) => (text += written) });
  program.outputHelp();
  return text;
};

describe('createProgram', () => {
  it('shows both spellings of the transports', () => {
    expect(help()).toContain(' -udp, --udp ');
    expect(help()).toContain(' -tcp, --tcp ');
  });

  it.each(['-p, --port <n>', '--host <address>', '--once', '--grace <duration>', '-V, --version', '-h, --help'])(
    'shows %s',
    (option) => {
      expect(help()).toContain(`  ${option} `);
    },
  );

  it('shows the defaults as they are written on the command line', () => {
    const lines = help().replace(/\s+/g, ' ');
    expect(lines).toContain('(default: 7)');
    expect(lines).toContain('(default: 10s)');
    expect(lines).toContain('(default: all)');
  });

  it('explains each exit status', () => {
    expect(help().replace(/\s+/g, ' ')).toContain(
      '0 success, 1 something was lost, 2 wrong usage, 3 cannot listen, 70 a bug',
    );
  });
});
