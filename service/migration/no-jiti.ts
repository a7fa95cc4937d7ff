/** Stands in for `jiti` in the bundle: the migrations are SQL, so nothing is ever loaded with it. */
export const createJiti = (): unknown => ({
  import: (path: string) => Promise.reject(new Error(`a migration must be SQL: ${path}`)),
});
