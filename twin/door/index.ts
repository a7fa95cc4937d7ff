export { type Door, startDoor } from './door.ts';
export { type DoorFault, lateMs } from './faults.ts';
export type { OwnAnswer } from './own-answer.ts';
