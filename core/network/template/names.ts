import type { Named } from '../paths/index.ts';
import type { NamedResource } from './values.ts';

interface Tag {
  Key: string;
  Value: string;
}

export const tagOf = (resource: NamedResource, key: string): string | undefined =>
  resource.property<Tag[]>('Tags')?.find(({ Key }) => Key === key)?.Value;

export const namedOf = (resource: NamedResource): Named => {
  const name = tagOf(resource, 'Name');
  return { id: resource.id, ...(name !== undefined && { name }) };
};
