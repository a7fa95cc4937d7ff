import { describe, expect, test } from '@jest/globals';
import { readCommandLine, UsageError } from '../../twin/command-line.ts';
import { faultNames } from '../../twin/faults/index.ts';
import { rateInMinutes } from '../../twin/schedule.ts';

describe('the command line', () => {
  test('without anything asks for the live table with 5 s for a minute', () => {
    expect(readCommandLine([])).toEqual({ kind: 'live', broken: [], tickSeconds: 5 });
  });

  test('takes a port for the page', () => {
    expect(readCommandLine(['--page-port', '8080'])).toMatchObject({ kind: 'live', pagePort: 8080 });
  });

  test('takes several faults, each once', () => {
    const args = ['--once', '--json', '--break', 'tls', '--break', 'password', '--break=tls'];
    expect(readCommandLine(args)).toEqual({ kind: 'once', json: true, broken: ['tls', 'password'] });
  });

  test.each([...faultNames])('knows the fault %s', (name) => {
    expect(readCommandLine(['--break', name], true)).toMatchObject({ broken: [name] });
  });

  test('refuses a fault of Redis where there is no redis-server, and says what to install', () => {
    const args = ['--break', 'redis-full', '--break', 'tls', '--break', 'redis-stop'];
    expect(() => readCommandLine(args, false)).toThrow(UsageError);
    expect(() => readCommandLine(args, false)).toThrow(
      /^--break redis-full --break redis-stop: .*no.*redis-server.*apt-get install redis-server/,
    );
    expect(readCommandLine(['--break', 'tls'], false)).toMatchObject({ broken: ['tls'] });
  });

  test('takes real servers in place of the stand-ins', () => {
    const args = ['--mlflow-url', 'https://mlflow.example.com/prefix', '--auth-url=http://127.0.0.1:8000'];
    expect(readCommandLine(args)).toMatchObject({
      real: { mlflow: new URL('https://mlflow.example.com/prefix'), auth: new URL('http://127.0.0.1:8000') },
    });
    expect(readCommandLine([])).not.toHaveProperty('real');
  });

  test.each<[string[], string]>([
    [['--brake'], "Unknown option '--brake'"],
    [['once'], 'once'],
    [['--break'], '--break'],
    [['--break', 'nothing', '--break', 'tls'], '--break nothing: no such fault'],
    [['--break', 'toString'], '--break toString: no such fault'],
    [['--json'], 'write --once --json'],
    [['--tick', '0'], 'seconds from 1 to 60'],
    [['--tick', '61'], 'seconds from 1 to 60'],
    [['--tick', ''], 'seconds from 1 to 60'],
    [['--tick', 'fast'], '--tick fast'],
    [['--once', '--tick', '5'], '--tick belongs to the live table'],
    [['--page-port', '0'], '--page-port 0: write a port from 1 to 65535'],
    [['--page-port', '65536'], '--page-port 65536'],
    [['--page-port', '80a'], '--page-port 80a'],
    [['--once', '--page-port', '8080'], '--page-port belongs to the live table'],
    [['--mlflow-url'], '--mlflow-url'],
    [['--mlflow-url', ''], '--mlflow-url "": it has no http or https scheme; write http://host:port'],
    [['--mlflow-url', 'mlflow:5000'], '--mlflow-url "mlflow:5000": it has no http or https scheme'],
    [['--mlflow-url', 'http://'], '--mlflow-url "http://": it is not a URL'],
    [
      ['--mlflow-url', 'http://me:secret@host'],
      '--mlflow-url "http://[secret]@host": it carries credentials',
    ],
    [['--auth-url', 'https://host/?key=1'], '--auth-url "https://host/?key=1": it has a query'],
  ])('refuses %j and says what to write', (args, message) => {
    expect(() => readCommandLine(args)).toThrow(UsageError);
    expect(() => readCommandLine(args)).toThrow(message);
  });

  test('lists every fault when one is unknown', () => {
    for (const name of faultNames) expect(() => readCommandLine(['--break', 'x'])).toThrow(name);
  });
});

describe('a schedule', () => {
  test.each([
    ['rate(1 minute)', 1],
    ['rate(5 minutes)', 5],
    ['rate(2 hours)', 120],
    ['rate(1 day)', 1440],
  ])('%s runs every %i minutes', (expression, minutes) => {
    expect(rateInMinutes(expression)).toBe(minutes);
  });

  test.each(['cron(0 * * * ? *)', 'rate(0 minutes)', 'rate(30 seconds)', ''])(
    '%j is refused',
    (expression) => {
      expect(() => rateInMinutes(expression)).toThrow('the twin knows rate');
    },
  );
});
