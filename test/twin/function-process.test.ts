import { afterAll, describe, expect, test } from '@jest/globals';
import {
  bundledFunctions,
  createFunctionProcess,
  environmentOf,
  type FunctionProcess,
  lambdaVariables,
  readFunction,
  type TwinEnvironment,
  twinVariables,
} from '../../twin/lambda/index.ts';
import { createFixture } from './template-fixture.ts';

const bundle = `
let runs = 0;
if (process.env.BROKEN) throw new TypeError('broken at load');
export const handler = async (event, context) => {
  runs += 1;
  console.log('run', runs);
  if (event.print) for (let index = 0; index < event.print; index += 1) console.log('line ' + index + 'x'.repeat(200));
  if (event.fail) throw new RangeError('as asked');
  if (event.exit) process.exit(3);
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
  if (event.spin) for (;;);
  return { runs, pid: process.pid, environment: process.env, left: context.getRemainingTimeInMillis() };
};`;

const fixture = createFixture(
  {
    s: {
      Resources: Object.fromEntries(
        [{}, { BROKEN: 'yes' }].map((extra, index) => [
          `Function${index}`,
          {
            Type: 'AWS::Lambda::Function',
            Properties: {
              FunctionName: `function-${index}`,
              Code: { S3Bucket: 'b', S3Key: 'bundle.zip' },
              Handler: 'index.handler',
              Timeout: 1,
              Environment: { Variables: { GIVEN: { Ref: 'AWS::Region' }, ...extra } },
            },
          },
        ]),
      ),
    },
  },
  { bundle },
);

const twin: TwinEnvironment = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_ACCESS_KEY_ID: 'twin',
  AWS_SECRET_ACCESS_KEY: 'twin',
  DATABASE_SSL_ROOT_CERT: '/ca.pem',
  NODE_EXTRA_CA_CERTS: `${fixture.directory}/manifest.json`,
};

const [definition, broken] = bundledFunctions(fixture.assembly).map((one) =>
  readFunction(one, fixture.resolve),
);
if (!definition || !broken) throw new Error('the fixture has no functions');

interface Seen {
  runs: number;
  pid: number;
  environment: Record<string, string>;
  left: number;
}

describe('a function of the template', () => {
  const processes: FunctionProcess[] = [];
  const create = (of = definition): FunctionProcess => {
    const created = createFunctionProcess(of, twin);
    processes.push(created);
    return created;
  };
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    fixture.remove();
  });

  test('stays warm between invocations and gives result and lines of each', async () => {
    const one = create();
    const first = await one.invoke({});
    const second = await one.invoke({ print: 500 });
    expect(first).toMatchObject({ cold: true, result: { runs: 1 }, lines: ['run 1'] });
    expect(second).toMatchObject({ cold: false, result: { runs: 2 } });
    expect(second.lines).toHaveLength(501);
    expect((second.result as Seen).left).toBeLessThanOrEqual(1000);
    expect((second.result as Seen).pid).toBe((first.result as Seen).pid);
  });

  test('sees the template’s environment, what Lambda sets, the variables that the twin may set, and no other', async () => {
    const { result } = await create().invoke({});
    const { environment } = result as Seen;
    expect(environment).toEqual(environmentOf(definition, twin));
    expect(Object.keys(environment).sort()).toEqual(['GIVEN', ...twinVariables, ...lambdaVariables].sort());
    expect(environment.GIVEN).toBe('us-east-1');
    expect([...twinVariables]).toEqual([
      'AWS_ENDPOINT_URL',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'DATABASE_SSL_ROOT_CERT',
      'NODE_EXTRA_CA_CERTS',
    ]);
  });

  test('reports an error of the handler and stays warm', async () => {
    const one = create();
    expect(await one.invoke({ fail: true })).toMatchObject({
      error: { type: 'RangeError', message: 'as asked' },
      lines: ['run 1'],
    });
    expect(await one.invoke({})).toMatchObject({ cold: false, result: { runs: 2 } });
  });

  test.each(['hang', 'spin'])(
    'is ended when it runs longer than its timeout (%s), and starts anew',
    async (how) => {
      const one = create();
      const { error, durationMs, lines } = await one.invoke({ [how]: true });
      expect(error?.type).toBe('Sandbox.Timedout');
      expect(error?.message).toContain('Task timed out after 1.00 seconds');
      expect(lines).toEqual(['run 1']);
      expect(durationMs).toBeGreaterThan(1000);
      expect(await one.invoke({})).toMatchObject({ cold: true, result: { runs: 1 } });
    },
  );

  test('reports a process that ends by itself, and starts anew', async () => {
    const one = create();
    expect((await one.invoke({ exit: true })).error).toMatchObject({
      type: 'Runtime.ExitError',
      message: expect.stringContaining('exit status 3'),
    });
    expect(await one.invoke({})).toMatchObject({ cold: true, result: { runs: 1 } });
  });

  test('reports an error while the module is loaded', async () => {
    expect((await create(broken).invoke({})).error).toMatchObject({
      type: 'TypeError',
      message: 'broken at load',
    });
  });

  test('is gone after it was stopped', async () => {
    const one = create();
    const { pid } = (await one.invoke({})).result as Seen;
    await one.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
