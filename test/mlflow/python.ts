import { resolve } from 'node:path';

/** The Python that has the packages of requirements.txt; `undefined` when BREAKWATER_PYTHON names none. */
export const findPython = (named = process.env.BREAKWATER_PYTHON ?? ''): string | undefined =>
  named === '' ? undefined : resolve(named);

/** What server and client need of the environment: nothing of this machine's, and nothing leaves it. */
export const pythonEnvironment = (home: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  TMPDIR: home,
  PYTHONUTF8: '1',
  PYTHONUNBUFFERED: '1',
  PYTHONDONTWRITEBYTECODE: '1',
  GIT_PYTHON_REFRESH: 'quiet',
  MLFLOW_DISABLE_TELEMETRY: 'true',
  DO_NOT_TRACK: 'true',
});
