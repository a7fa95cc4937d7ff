export { checkoutOf } from './checkout.ts';
export { imageFiles } from './image-files.ts';
export { type CommitArguments, lastCommit } from './last-commit.ts';
