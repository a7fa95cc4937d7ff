import { describeFaults } from './fault.ts';
import { mlflowFaults } from './tables/mlflow.ts';
import { startHttpWorld } from './worlds/http-world.ts';

describeFaults('MLflow', mlflowFaults, startHttpWorld);
