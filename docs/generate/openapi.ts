import { describeService } from '../../service/api-document.ts';

/** What `GET /openapi.json` serves, in lines. */
export const openApiDocument = async (): Promise<string> => JSON.stringify(await describeService(), null, 2);
