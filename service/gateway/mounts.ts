/** Where clients find MLflow, and what their paths become. */

export interface Mount {
  /** What requests begin with. */
  prefix: string;
  /** What stands in its place below the address of MLflow. */
  upstream: string;
}

/** The paths of MLflow's own API, for clients whose tracking URI is the address of this service. */
const own = [
  '/api/2.0/mlflow',
  '/api/3.0/mlflow',
  '/api/2.0/preview/mlflow',
  '/api/2.0/mlflow-artifacts',
  '/ajax-api/2.0/mlflow',
  '/ajax-api/3.0/mlflow',
  '/ajax-api/2.0/mlflow-artifacts',
] as const;

/** The first one leads everywhere. */
const anywhere: Mount = { prefix: '/mlflow', upstream: '' };

export const mounts: readonly Mount[] = [
  anywhere,
  { prefix: '/api/mlflow', upstream: '' },
  ...own.map((prefix) => ({ prefix, upstream: prefix })),
];

export interface MappedTarget {
  /** Below the address of MLflow. */
  path: string;
  /** With its question mark, or empty. Without `api_key`: a key has no place in the log of an upstream. */
  query: string;
}

const isKey = (pair: string): boolean => new URLSearchParams(pair).has('api_key');

const withoutKey = (query: string): string =>
  query
    .split('&')
    .filter((pair) => !isKey(pair))
    .join('&');

/** Maps a request target as it was sent; undefined when it does not literally begin with the mount. */
export const mapTarget = ({ prefix, upstream }: Mount, target: string): MappedTarget | undefined => {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  if (!path.startsWith(`${prefix}/`)) return undefined;
  const query = at < 0 ? '' : withoutKey(target.slice(at + 1));
  return { path: `${upstream}${path.slice(prefix.length)}`, query: query === '' ? '' : `?${query}` };
};

/** Where a client finds what MLflow calls `path`. */
export const clientPath = (mount: Mount, path: string): string =>
  path.startsWith(`${mount.upstream}/`)
    ? `${mount.prefix}${path.slice(mount.upstream.length)}`
    : `${anywhere.prefix}${path}`;

/** Bodies that may be gigabytes: artifacts as clients and the pages of MLflow upload them. */
export const isUpload = (method: string, path: string): boolean =>
  (method === 'PUT' || method === 'POST') &&
  /^\/(ajax-)?api\/2\.0\/(mlflow-artifacts\/artifacts\/|mlflow\/upload-artifact$)/.test(path);

/** Answers that may be anything, HTML too. */
export const isDownload = (path: string): boolean =>
  /^\/((ajax-)?api\/2\.0\/(mlflow-artifacts\/artifacts\/|mlflow\/get-artifact)|get-artifact|model-versions\/get-artifact)/.test(
    path,
  );

/** Paths whose answers are JSON. */
export const isApi = (path: string): boolean => /^\/(ajax-)?api\//.test(path) && !isDownload(path);
