export { type Door, startDoor } from './door.ts';
export { type DoorFault, lateMs, tardyMs } from './faults.ts';
export type { OwnAnswer } from './own-answer.ts';
