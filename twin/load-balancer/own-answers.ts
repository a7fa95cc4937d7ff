import type { ServerResponse } from 'node:http';
import type { RuleAction } from './rules.ts';

/** Answers that the load balancer gives by itself when the target gives none. */
const titles = {
  502: '502 Bad Gateway',
  503: '503 Service Temporarily Unavailable',
  504: '504 Gateway Time-out',
} as const;

export type OwnStatus = keyof typeof titles;

const answer = (response: ServerResponse, status: number, contentType: string, body: string): void => {
  response.writeHead(status, {
    server: 'awselb/2.0',
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
};

/** An error page as an Application Load Balancer writes it. */
export const answerError = (response: ServerResponse, status: OwnStatus): void => {
  const title = titles[status];
  answer(
    response,
    status,
    'text/html',
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
  );
};

export const answerFixed = (
  response: ServerResponse,
  { status, contentType, body }: Extract<RuleAction, { kind: 'fixed-response' }>,
): void => answer(response, status, contentType, body);
