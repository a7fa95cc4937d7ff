export { consumerRows } from './consumer-rows.ts';
export { tickLines } from './log-lines.ts';
export { type Row, rowsOf } from './rows.ts';
export { openScreen, type Screen } from './screen.ts';
export { type LastFailure, screenLines, type View } from './screen-text.ts';
export { serviceRows } from './service-rows.ts';
