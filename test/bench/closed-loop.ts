/** One request after another on each of so many connections: as fast as the server answers. */
import { Agent, request } from 'node:http';

export interface Call {
  path: string;
  method?: string;
  body?: string;
  headers: Record<string, string>;
}

export interface Pace {
  port: number;
  connections: number;
  seconds: number;
}

const ask = (port: number, agent: Agent, { path, method = 'GET', body, headers }: Call): Promise<void> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, agent, headers }, (response) => {
      const { statusCode } = response;
      response.resume().on('error', reject);
      response.on('end', () =>
        statusCode === 200 ? resolve() : reject(new Error(`${path} answers ${statusCode}`)),
      );
    });
    outgoing.on('error', reject).end(body);
  });

/**
 * Milliseconds of each request, from sending it to its whole answer.
 * @throws Error at the first answer other than 200
 */
export const closedLoop = async (call: Call, { port, connections, seconds }: Pace): Promise<number[]> => {
  const took: number[] = [];
  const end = performance.now() + seconds * 1_000;
  const caller = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let begun = performance.now(); begun < end; begun = performance.now()) {
      await ask(port, agent, call);
      took.push(performance.now() - begun);
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: connections }, caller));
  return took;
};
