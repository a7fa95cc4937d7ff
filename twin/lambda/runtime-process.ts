/**
 * Stands in for Lambda's Node.js runtime, inside the function's own process: loads the handler once, then
 * runs it for each event that the parent sends. Usage: runtime-process.ts DIRECTORY FILE.EXPORT
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FromRuntime, ToRuntime } from './messages.ts';

type Handler = (event: unknown, context: object) => unknown;

const [directory = '', handlerName = ''] = process.argv.slice(2);
const send = (message: FromRuntime): void => void process.send?.(message);

const described = (error: unknown): { errorType: string; errorMessage: string; trace: string[] } =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

const load = async (): Promise<Handler> => {
  const at = handlerName.lastIndexOf('.');
  const [file, name] = [handlerName.slice(0, at), handlerName.slice(at + 1)];
  const path = ['.mjs', '.js', '.cjs'].map((end) => join(directory, `${file}${end}`)).find(existsSync);
  if (path === undefined) throw new Error(`Cannot find module '${file}' in ${directory}`);
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const handler = module[name];
  if (typeof handler !== 'function') throw new Error(`${handlerName} is undefined or not exported`);
  return handler as Handler;
};

/** Without its parent there is nothing to run for. */
process.on('disconnect', () => process.exit(0));

try {
  const handler = await load();
  process.on('message', async ({ id, event, deadline }: ToRuntime) => {
    const context = {
      awsRequestId: id,
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      callbackWaitsForEmptyEventLoop: false,
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    };
    let outcome: FromRuntime;
    try {
      outcome = { kind: 'result', id, result: (await handler(event, context)) ?? null };
    } catch (error) {
      outcome = { kind: 'failure', id, ...described(error) };
    }
    // Written before the answer, so that the parent has read every line when it sees this one.
    process.stdout.write(`\nEND RequestId: ${id}\n`);
    send(outcome);
  });
  send({ kind: 'ready' });
} catch (error) {
  send({ kind: 'failure', id: '', ...described(error) });
  process.exitCode = 1;
  process.disconnect?.();
}
