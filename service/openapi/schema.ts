/**
 * JSON Schema in as few words as it takes. What these make is closed: a name that is not listed is wrong, so that
 * a wrong answer is noticed.
 */
export type Schema = Readonly<Record<string, unknown>>;

/** A schema that others refer to by its name. */
export type NamedSchema = Schema & { readonly $id: string };

/** An object with exactly these properties; the second ones may be missing. */
export const closed = (
  properties: Record<string, Schema>,
  optional: Record<string, Schema> = {},
): Schema => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties: { ...properties, ...optional },
});

export const named = ($id: string, schema: Schema): NamedSchema => ({ $id, ...schema });

/** Refers to a schema that was given to `addSchemas`. */
export const ref = (name: string): Schema => ({ $ref: `${name}#` });

/** Null as well. */
export const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

export const oneOf = (values: readonly string[], description?: string): Schema => ({
  type: 'string',
  enum: [...values],
  ...(description ? { description } : {}),
});

export const exactly = (value: string | boolean): Schema => ({ type: typeof value, const: value });

export const text = (description?: string): Schema => ({
  type: 'string',
  ...(description ? { description } : {}),
});

export const flag = (description?: string): Schema => ({
  type: 'boolean',
  ...(description ? { description } : {}),
});

/** A whole number from 0. */
export const count = (description?: string): Schema => ({
  type: 'integer',
  minimum: 0,
  ...(description ? { description } : {}),
});

/** A number from 0. */
export const amount = (description?: string): Schema => ({
  type: 'number',
  minimum: 0,
  ...(description ? { description } : {}),
});

/** ISO 8601 in UTC, unless the description says otherwise. */
export const time = (description?: string): Schema => ({
  type: 'string',
  format: 'date-time',
  ...(description ? { description } : {}),
});

export const listOf = (items: Schema): Schema => ({ type: 'array', items });

/** A named object of which some properties are narrower here. */
export const narrowed = (name: string, properties: Record<string, Schema>): Schema => ({
  allOf: [ref(name), { type: 'object', properties }],
});
