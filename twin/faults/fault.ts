import type { CauseCode } from '../../core/causes/index.ts';
import type { ConditionName } from '../../core/conditions/index.ts';
import type { NetworkState, PublishState, TaskState } from '../aws/index.ts';
import type { CertificateAuthority } from '../certificates.ts';
import type { Changes } from '../changes/index.ts';
import type { ExampleConsumer } from '../consumer/index.ts';
import type { Resources } from '../resources/index.ts';
import type { Database, RedisServer } from '../servers/index.ts';
import type { Service } from '../service/index.ts';
import type { Upstreams } from '../upstreams.ts';

/** Who logs in to the database as the service does. */
export interface Login {
  user: string;
  password: string;
  database: string;
}

/** What a fault may take hold of: the twin's own servers and the state that AWS would report. */
export interface FaultTarget {
  database: Database;
  /** Undefined when the template has no cache. */
  cache: RedisServer | undefined;
  service: Pick<Service, 'scaleToNone'>;
  /** Where users come in, and a key that is accepted; absent where none is known. */
  users: { url: string; key: string } | undefined;
  /** Undefined where no event goes through Redis. */
  consumer: Pick<ExampleConsumer, 'pause' | 'resume'> | undefined;
  /** What AWS publishes of its resources. */
  resources: Pick<Resources, 'set'>;
  schedules: {
    /** Turns off the schedule of the probe of this name, such as `capacity-probe`. */
    disable(probe: string): () => void;
  };
  /** In front of MLflow and auth. */
  doors: Upstreams['doors'];
  /** What SNS makes of the notifier. */
  publishing: PublishState;
  tasks: TaskState;
  /** What EC2 says of the network. */
  network: NetworkState;
  authority: CertificateAuthority;
  application: Login;
  /** A fault that stands for a call to AWS says so here: what watches configuration then sees it. */
  changes: Pick<Changes, 'record'>;
  /** The service, as calls to ECS name it. */
  api: { cluster: string; service: string; family: string };
  /** Aborted when the twin stops: nothing needs to be undone any more. */
  stopping: AbortSignal;
}

/** What of the twin several faults may take hold of. */
export type Part = 'auth' | 'database' | 'mlflow' | 'redis';

/** Undoes what was injected: its parts are whole afterwards, whatever else was wrong with them. */
export type Lift = () => Promise<void>;

export interface FaultDefinition {
  /** One sentence: what is wrong while it lasts. */
  doc: string;
  /** True when it happens for real; false when only its signal is made up. */
  driven: boolean;
  /** What it makes wrong; what follows from that follows from the edges between conditions. */
  breaks: readonly ConditionName[];
  /** What the probe of the first of them calls it; absent where no probe looks. */
  cause?: CauseCode;
  /** Alarm minutes that it stands at least: a probe that runs seldom must see it. */
  minutes?: number;
  /** What lifting it makes whole; empty where it undoes only what it did itself. */
  parts: readonly Part[];
  /** A program that this machine must have. */
  needs?: 'redis-server';
  inject(target: FaultTarget): Promise<Lift>;
}
