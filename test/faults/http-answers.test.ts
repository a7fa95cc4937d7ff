import { describeFaults } from './fault.ts';
import { httpAnswerFaults } from './tables/http-answers.ts';
import { startHttpWorld } from './worlds/http-world.ts';

describeFaults('MLflow and auth: answers', httpAnswerFaults, startHttpWorld);
