/** What a thrown value says of itself; errors of another realm are no instances of this one's Error. */
export const thrown = (error: unknown): { name: string; message: string; code: string | undefined } => {
  const fields = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const cause = typeof fields.cause === 'object' && fields.cause !== null ? fields.cause : {};
  return {
    name: text(fields.name) ?? 'Error',
    message: text(fields.message) ?? (typeof error === 'object' ? '' : String(error)),
    code: 'code' in cause ? text(cause.code) : text(fields.code),
  };
};
