/**
 * The codes that the client of MLflow knows, by HTTP status (mlflow/exceptions.py of MLflow 3: the names of its
 * protocol's ErrorCode). The client shows code and message; without them it shows the whole body.
 */
const codes: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_NOT_FOUND',
  408: 'REQUEST_LIMIT_EXCEEDED',
  409: 'RESOURCE_CONFLICT',
  413: 'INVALID_PARAMETER_VALUE',
  429: 'REQUEST_LIMIT_EXCEEDED',
  500: 'INTERNAL_ERROR',
  502: 'TEMPORARILY_UNAVAILABLE',
  503: 'TEMPORARILY_UNAVAILABLE',
  504: 'TEMPORARILY_UNAVAILABLE',
};

export const mlflowErrorCode = (status: number): string =>
  codes[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR');
