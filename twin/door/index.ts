export { type Door, type DoorOptions, startDoor } from './door.ts';
export { type DoorFault, flakyEvery, lateMs, tardyMs } from './faults.ts';
export type { OwnAnswer } from './own-answer.ts';
