/** One connection, shared by all who have a command: what waits for answers on it, and whether it still lives. */
import type { Socket } from 'node:net';
import { budgetOf, within } from '../../core/checks/index.ts';
import type { Driver } from './driver.ts';
import { type CommandFailure, sentFailure, unanswered } from './failure.ts';

/** A command and its arguments. */
export type Words = readonly [name: string, ...args: (string | number | Buffer)[]];

export type Answer = { ok: true; value: unknown } | { ok: false; failure: CommandFailure };

export interface ConnectionOptions {
  driver: Driver;
  socket: Socket;
  /** Deadline of a command, milliseconds. */
  commandMs: number;
  /** Monotonic milliseconds. */
  now: () => number;
  /** Told of a failure after which it should be replaced: it is dead, or leads to the wrong node. */
  onSuspect(connection: Connection, failure: CommandFailure): void;
}

export class Connection {
  readonly openedAt: number;
  /** Resolves when its socket is closed. */
  readonly ended: Promise<void>;
  readonly #options: ConnectionOptions;
  #pending = 0;
  #heardAt: number;
  #retired = false;
  #patience: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.openedAt = options.now();
    this.#heardAt = this.openedAt;
    this.ended = new Promise((resolve) => {
      options.driver.once('end', () => {
        clearTimeout(this.#patience);
        resolve();
      });
    });
    options.socket.on('data', () => {
      this.#heardAt = options.now();
    });
  }

  /** Commands that were sent and not answered; those whose callers gave up among them. */
  get pending(): number {
    return this.#pending;
  }

  get usable(): boolean {
    const { driver, socket } = this.#options;
    return driver.status === 'ready' && socket.writable;
  }

  /** Sends commands in one piece; what is not answered within the deadline has failed. Never rejects. */
  async ask(commands: readonly Words[]): Promise<readonly Answer[]> {
    const { commandMs, now, onSuspect } = this.#options;
    const answers: Answer[] = [];
    const sentAt = now();
    const all = this.#send(commands).map((reply, place) =>
      reply.then((answer) => {
        answers[place] = answer;
      }),
    );
    const inTime = await within(
      budgetOf(commandMs),
      Promise.all(all).then(() => true),
    );
    const known = commands.map(
      ([name], place): Answer => answers[place] ?? { ok: false, failure: unanswered(name, commandMs) },
    );
    const suspect = known.find((answer) => !answer.ok && answer.failure.replaces);
    if (suspect && !suspect.ok) onSuspect(this, suspect.failure);
    // A server that is slow says something in the meantime; a peer that vanished does not.
    else if (!inTime && this.#heardAt < sentAt)
      onSuspect(this, {
        ...unanswered(commands[0]?.[0] ?? '', commandMs),
        detail: `the server has said nothing for ${commandMs} ms`,
      });
    return known;
  }

  /** Takes no more commands; ends when those that were sent are answered, or cannot be in time any more. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    if (this.#pending === 0) this.end();
    else this.#patience = setTimeout(() => this.end(), this.#options.commandMs);
  }

  /** Closes it now; commands without an answer fail. */
  end(): void {
    this.#options.driver.disconnect();
  }

  #send(commands: readonly Words[]): Promise<Answer>[] {
    const { driver, socket } = this.#options;
    // One piece for the network; a single command is one already.
    if (commands.length > 1) socket.cork();
    try {
      return commands.map(([name, ...args]) => {
        // The driver gives some commands another form of answer when they are written in small letters.
        const reply = driver.call(name.toUpperCase(), args);
        this.#pending += 1;
        return reply.then(
          (value) => this.#note({ ok: true, value }),
          (error: unknown) => this.#note({ ok: false, failure: sentFailure(error, name) }),
        );
      });
    } finally {
      if (commands.length > 1) socket.uncork();
    }
  }

  #note(answer: Answer): Answer {
    this.#pending -= 1;
    if (this.#retired && this.#pending === 0) this.end();
    return answer;
  }
}
