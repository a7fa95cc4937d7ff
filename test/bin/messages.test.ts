import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readCommandLine } from '../../bin/message-options.ts';
import { type OutboxServer, startOutbox, store } from '../fixtures/outbox.ts';

const command = fileURLToPath(new URL('../../bin/messages.ts', import.meta.url));

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

let box: OutboxServer;
beforeAll(async () => {
  box = await startOutbox();
});
beforeEach(() => box.empty());
afterAll(() => box?.dispose());

const environmentWith = (more: Record<string, string>) => ({
  PATH: process.env.PATH,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: 'us-east-1',
  HOME: '/nonexistent',
  ...box.environment,
  ...more,
});

const messages = (args: string[], environment: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [command, ...args],
      { env: environmentWith(environment) },
      (error, stdout, stderr) => {
        expect(stdout + stderr).not.toContain(box.environment.DATABASE_PASSWORD);
        resolve({ status: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });

const dead = async (): Promise<string[]> =>
  (
    await box.query<{ id: string }>(
      'SELECT message_id AS id FROM public.breakwater_outbox WHERE dead_at IS NOT NULL ORDER BY breakwater_outbox.id',
    )
  ).map(({ id }) => id);

describe('npm run -s messages', () => {
  test('-- depth says in words what is where, and with --json the same as data', async () => {
    await store(box, [{ state: 'pending' }, { state: 'sent' }, {}]);
    const human = await messages(['depth']);
    expect(human).toMatchObject({ status: 0, stderr: '' });
    expect(human.stdout).toMatch(/outbox in PostgreSQL\n {2}pending +1 .*\n {2}dead +1\n {2}kept +1 /);
    expect(human.stdout).toContain('Dead messages are kept in the outbox in PostgreSQL');
    const machine = await messages(['--json', 'depth']);
    expect(machine).toMatchObject({ status: 0, stderr: '' });
    expect(Object.keys(JSON.parse(machine.stdout))).toEqual([
      'operation',
      'ok',
      'environment',
      'at',
      'outbox',
      'transports',
      'lists',
      'lookIn',
    ]);
  });

  test('-- peek shows what is pending, or what is asked for', async () => {
    const [pending = '', id = ''] = await store(box, [
      { state: 'pending' },
      { key: '-a', reason: 'full' },
      {},
    ]);
    const { stdout } = await messages(['peek']);
    expect(stdout).toContain(`${pending} pending`);
    expect(stdout).not.toContain(id);
    const some = await messages(['peek', '--state', 'dead', '--limit=1', '--key=-a', '--json']);
    expect(JSON.parse(some.stdout).messages).toMatchObject([{ id, deadReason: 'full' }]);
    expect((await messages(['peek', '--key', 'nobody'])).stdout).toContain(
      'there is no pending message of key nobody',
    );
  });

  test('-- redrive prints the ids of what it has redriven, and how many are left', async () => {
    const ids = await store(box, [{}, {}, { key: 'b' }]);
    const { status, stdout, stderr } = await messages(['redrive', '--key', 'model-a', '--limit', '1']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      ids[0],
      'redriven 1 of 2 dead messages that match; 1 left: run it again, or raise --limit (5000 at most)',
      '',
    ]);
    expect(await dead()).toEqual(ids.slice(1));
    const all = await messages(['redrive', '--id', `${ids[1]}`, '--id', `${ids[2]}`, '--json']);
    expect(JSON.parse(all.stdout)).toMatchObject({ ok: true, dryRun: false, changed: ids.slice(1), left: 0 });
    expect((await messages(['redrive', '--all'])).stdout).toBe('no dead message matches\n');
  });

  test('-- redrive --dry-run shows them and changes nothing', async () => {
    const ids = await store(box, [{ reason: 'full' }, { type: 'other' }]);
    const options = ['--type', 'other', '--reason', 'REF', '--before', '2999-01-01T00:00:00Z', '--dry-run'];
    const { status, stdout } = await messages(['redrive', ...options]);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${ids[1]}\n {4}other, key model-a\n {4}dead since .*: refused\n`));
    expect(stdout).toMatch(/1 dead message would be redriven; nothing was changed\n$/);
    expect(await dead()).toEqual(ids);
  });

  test('-- redrive that is interrupted ends in order, tells what it did, and exits with 130', async () => {
    const ids = await store(box, [{}, {}, {}]);
    const child: ChildProcess = spawn(process.execPath, [command, 'redrive', '--all', '--rate', '1'], {
      env: environmentWith({}),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    if (child.stdout)
      createInterface(child.stdout).on('line', (line) => {
        if (lines.length === 0) child.kill('SIGINT');
        lines.push(line);
      });
    const [status] = await once(child, 'close');
    expect(status).toBe(130);
    expect(lines[0]).toBe(ids[0]);
    expect(lines[1]).toMatch(/^stopped before its end: redriven 1 of 3 dead messages that match; 2 left/);
    expect(await dead()).toEqual(ids.slice(1));
  });

  test('-- redrive whose reader goes ends in order, and tells the rest on standard error', async () => {
    const ids = await store(box, [{}, {}, {}]);
    const child = spawn(process.execPath, [command, 'redrive', '--all', '--rate', '1'], {
      env: environmentWith({}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // As `head -n 1` does.
    createInterface(child.stdout).once('line', () => child.stdout.destroy());
    const told = text(child.stderr);
    const [status] = await once(child, 'close');
    expect(status).toBe(130);
    expect((await told).split('\n').slice(0, 2)).toEqual([
      ids[1],
      expect.stringMatching(/^stopped before its end: redriven 2 of 3 dead messages that match; 1 left/),
    ]);
    expect(await dead()).toEqual(ids.slice(2));
  });

  test('-- purge without --yes exits with 2, and shows what would go on standard error alone', async () => {
    const ids = await store(box, [{ key: 'a' }, { key: 'b' }]);
    for (const json of [[], ['--json']]) {
      const { status, stdout, stderr } = await messages(['purge', '--key', 'a', ...json]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain('write --yes as well. It would delete 1 of 1 dead messages that match');
      expect(stderr).toContain(`${ids[0]}\n`);
      expect(stderr).not.toContain(ids[1]);
    }
    expect(await dead()).toEqual(ids);
    const { status, stdout } = await messages(['purge', '--key', 'a', '--yes']);
    expect([status, stdout]).toEqual([0, `${ids[0]}\npurged 1 dead message\n`]);
    expect(await dead()).toEqual([ids[1]]);
  });

  test.each<[string, string[], string[]]>([
    ['nothing', [], ['no operation is named: write one of depth, peek, redrive, purge']],
    ['an unknown operation', ['drain'], ['there is no operation "drain"']],
    ['two operations', ['depth', 'peek'], ['one operation at a time, and no other words: depth peek']],
    [
      'an unknown option',
      ['peek', '--keys', 'a'],
      ['peek has no option --keys: it takes --state, --limit, --key, --json'],
    ],
    [
      'the name that the function has',
      ['purge', '--all', '--confirm'],
      ['purge has no option --confirm: it takes', '--yes'],
    ],
    [
      'an option in another spelling',
      ['redrive', '--all', '--dryRun'],
      ['redrive has no option --dryRun: it takes', '--dry-run'],
    ],
    ['a short option', ['redrive', '--all', '-y'], ['redrive has no option -y']],
    [
      'an option of another operation',
      ['depth', '--limit', '3'],
      ['depth has no option --limit: it takes --json'],
    ],
    ['a value that is missing', ['redrive', '--key'], ['--key needs a value: write --key=VALUE']],
    [
      'an option in place of a value',
      ['purge', '--key', '--yes'],
      ['--key needs a value: write --key=VALUE'],
    ],
    [
      'a variable that is empty',
      ['purge', '--key', '', '--yes'],
      ['--key cannot be used (""): write a text of 1 to 1000'],
    ],
    [
      'a value where none belongs',
      ['purge', '--all', '--yes=no'],
      ['--yes takes no value: write --yes alone'],
    ],
    [
      'an option twice',
      ['redrive', '--key', 'a', '--key', 'b'],
      ['--key is written more than once: write it once'],
    ],
    [
      'a wrong number',
      ['redrive', '--all', '--rate', 'fast'],
      ['--rate cannot be used ("fast"): write a whole number from 1 to 1000'],
    ],
    [
      'no filter',
      ['redrive'],
      ['redrive needs to know which messages: write --id, --key, --type, --reason, --before, or --all'],
    ],
    [
      'all and a filter',
      ['purge', '--all', '--type', 't', '--yes'],
      ['--all is every dead message, and --type only some'],
    ],
  ])('says what to write instead of %s', (_what, args, expected) => {
    const read = readCommandLine(args);
    const problems = read.ok ? '' : read.problems.join('\n');
    for (const text of expected) expect(problems).toContain(text);
  });

  test('exits with 2 when it cannot be understood, and prints nothing on standard output', async () => {
    const ids = await store(box, [{}]);
    const unclear = await messages(['drain']);
    expect([unclear.status, unclear.stdout]).toEqual([2, '']);
    expect(unclear.stderr).toMatch(
      /^there is no operation "drain": write one of depth[\s\S]*\nusage: npm run -s messages/,
    );
    const { status, stdout, stderr } = await messages([
      'purge',
      '--all',
      '--key',
      'a',
      '--limit',
      '0',
      '--yes',
    ]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe('--limit cannot be used ("0"): write a whole number from 1 to 5000\n');
    expect(await dead()).toEqual(ids);
  });

  test('exits with 2 when its settings are wrong, and names every one', async () => {
    const { status, stdout, stderr } = await messages(['depth'], { DATABASE_HOST: '', DATABASE_PORT: 'x' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /DATABASE_HOST is not set.*\n.*DATABASE_PORT cannot be used|DATABASE_PORT.*\n.*DATABASE_HOST/,
    );
    expect((await messages(['depth'], { DATABASE_HOTS: 'x' })).stderr).toContain(
      'did you mean DATABASE_HOST?',
    );
  });

  test('exits with 1 when the database cannot be used, with cause and remedy, in words and as data', async () => {
    const away = { DATABASE_PORT: '9' };
    const human = await messages(['redrive', '--all'], away);
    expect([human.status, human.stderr]).toEqual([1, '']);
    expect(human.stdout).toMatch(
      /^redrive could not use the database\n {2}FAILED {2}postgres +127\.0\.0\.1:9\/app\n/,
    );
    expect(human.stdout).toMatch(
      /cause +CONNECTION_REFUSED \(layer tcp\)[\s\S]*runbook +runbooks\/network\.md/,
    );
    const machine = await messages(['depth', '--json'], away);
    expect(machine.status).toBe(1);
    expect(JSON.parse(machine.stdout)).toMatchObject({
      operation: 'depth',
      ok: false,
      check: { cause: 'CONNECTION_REFUSED' },
    });
  });

  describe('with a secret', () => {
    let manager: Server;
    let aws: Record<string, string>;
    beforeAll(async () => {
      manager = createServer((request, response) => {
        let body = '';
        request.on('data', (chunk) => {
          body += chunk;
        });
        request.on('end', () => {
          const { SecretId: id } = JSON.parse(body) as { SecretId: string };
          const { DATABASE_USER: username, DATABASE_PASSWORD: password } = box.environment;
          response.setHeader('content-type', 'application/x-amz-json-1.1');
          if (id !== 'own') response.statusCode = 400;
          response.end(
            JSON.stringify(
              id === 'own'
                ? { Name: id, SecretString: JSON.stringify({ username, password }) }
                : { __type: 'ResourceNotFoundException', message: 'no' },
            ),
          );
        });
      });
      manager.listen(0, '127.0.0.1');
      await once(manager, 'listening');
      const { port } = manager.address() as { port: number };
      aws = {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        DATABASE_PASSWORD: '',
      };
    });
    afterAll(() => {
      manager?.close();
    });

    test('logs in as DATABASE_SECRET_ID says, or as MESSAGE_OPERATIONS_SECRET_ID does, user and all', async () => {
      expect(await messages(['depth'], { ...aws, DATABASE_SECRET_ID: 'own' })).toMatchObject({ status: 0 });
      const own = { DATABASE_USER: 'nobody', MESSAGE_OPERATIONS_SECRET_ID: 'own' };
      expect(await messages(['depth'], { ...aws, ...own })).toMatchObject({ status: 0, stderr: '' });
      const { status, stdout } = await messages(['depth'], { ...aws, MESSAGE_OPERATIONS_SECRET_ID: 'gone' });
      expect([status, stdout]).toEqual([1, expect.stringContaining('SECRET_UNREADABLE')]);
    });
  });
});
