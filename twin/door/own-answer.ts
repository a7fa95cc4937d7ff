import type { ServerResponse } from 'node:http';

/** An answer that is given in place of the server behind. */
export interface OwnAnswer {
  status: number;
  /** What stands in the header `Server`. */
  server: string;
  contentType: string;
  body: string;
}

export const ownAnswer = (
  response: ServerResponse,
  { status, server, contentType, body }: OwnAnswer,
): void => {
  response.writeHead(status, {
    server,
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
};
