/** Hands the id of a request to the span that is started for it in the same turn of the event loop. */
let next: string | undefined;

export const giveRootTraceId = (id: string): void => {
  next = id;
};

/** The id that was given, once. */
export const takeRootTraceId = (): string | undefined => {
  const id = next;
  next = undefined;
  return id;
};
