import { afterEach, describe, expect, it } from '@jest/globals';
import { errorResponse, jsonResponse, operation, withApiKey } from '../../service/openapi/index.ts';
import { type Api, startApi } from './running.ts';

let api: Api | undefined;
afterEach(async () => {
  await api?.stop('end of the test');
  api = undefined;
});

describe('a route that describes itself', () => {
  const start = async (): Promise<Api> => {
    api = await startApi(
      {},
      {
        undocumented: /^\/(models|proxied)\//,
        routes: (added) => {
          const params = { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } };
          added.get(
            '/models/:name',
            {
              schema: operation({
                operationId: 'getModel',
                summary: 'One model',
                tags: ['documentation'],
                security: withApiKey,
                params,
                responses: {
                  ...jsonResponse(200, 'It.', {
                    type: 'object',
                    additionalProperties: false,
                    properties: {},
                  }),
                  ...errorResponse(404, 'There is none.'),
                },
              }),
            },
            async () => ({ more: 'than is described', at: new Date(0), gone: undefined }),
          );
          added.route({
            method: ['GET', 'POST'],
            url: '/proxied/*',
            schema: operation({
              operationId: 'proxy',
              summary: 'Passed on',
              tags: ['documentation'],
              responses: {
                200: { description: 'Whatever comes back.' },
                ...errorResponse(502, 'No answer.'),
              },
              unchecked: {
                body: { type: 'string' },
                headers: { type: 'object', properties: { 'x-run': { type: 'integer' } } },
              },
            }),
            handler: async ({ body }) => body ?? null,
          });
          added.get('/models/', async () => ({}));
        },
      },
    );
    return api;
  };

  it('is answered as its handler says, whatever is described', async () => {
    const answer = await (await start()).get('/models/x');
    expect([answer.status, answer.body]).toEqual([
      200,
      { more: 'than is described', at: '1970-01-01T00:00:00.000Z' },
    ]);
  });

  it('has its parameters checked, and not what is only described', async () => {
    const on = await start();
    const refused = await on.get('/models/longer');
    expect([refused.status, refused.body.detail]).toEqual([422, expect.stringContaining('name')]);
    const passed = await on.post('/proxied/a/b', { 'content-type': 'application/json' }, '{"an":"object"}');
    expect([passed.status, passed.body]).toEqual([200, { an: 'object' }]);
  });

  it('is in the document: with a name for the rest of its path, and with an id for each of its methods', async () => {
    const { body } = await (await start()).get('/openapi.json');
    expect(body.paths['/models/{name}'].get).toMatchObject({ operationId: 'getModel', security: withApiKey });
    const proxied = body.paths['/proxied/{path}'];
    expect([proxied.get.operationId, proxied.post.operationId]).toEqual(['proxyGet', 'proxyPost']);
    expect(proxied.post.requestBody.content['application/json'].schema).toEqual({ type: 'string' });
    expect(proxied.get.requestBody).toBeUndefined();
    expect(proxied.get.parameters).toMatchObject([
      { in: 'path', name: 'path', required: true },
      { in: 'header', name: 'x-run', required: false },
    ]);
    expect(proxied.get.responses['502'].content['application/json'].schema.$ref).toMatch(/Error$/);
  });

  it('is in no document when it does not', async () => {
    const { body } = await (await start()).get('/openapi.json');
    expect(Object.keys(body.paths)).not.toContain('/models/');
  });
});
