/**
 * Pull requests of a session's branches as GitHub knows them: also those that nobody printed, with what has become of
 * them. Asked after a turn and when somebody opens the session. Invariants: nobody waits for it, and it fails nobody;
 * the token goes to the host that the operator has named and nowhere else.
 */
import type { Artifact } from '@porthole/shared/agent-events';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import { type GitHubRepository, gitHubRepository, pullArtifacts, pullsAddress } from './github.ts';

/** Where a workspace's work goes. `token`: for its host; null: there is none, or it is a key. */
export interface Remote {
  url: string;
  branch: string;
  token: string | null;
}

/** What is asked of a session. */
export interface Looked {
  workspaceId: string;
  /** Branches that it has pushed. */
  branches: readonly string[];
  yielded(artifacts: readonly Artifact[]): Promise<void>;
}

export interface PullRequestsDeps {
  /** `https://github.com`, or an Enterprise Server's. */
  web: string;
  remote(workspaceId: string): Promise<Remote | null>;
  clock: Clock;
  log: Logger;
}

const EVERY_MS = 60_000;
/** After GitHub has said that it was too often: without a token it answers 60 times an hour. */
const REFUSED_MS = 10 * 60_000;
const TIMEOUT_MS = 5_000;
const MAX_BRANCHES = 3;
const MAX_REMEMBERED = 1_000;

export class PullRequests implements Disposable {
  readonly #deps: PullRequestsDeps;
  readonly #lookedAt = new Map<Looked['workspaceId'], number>();
  readonly #abort = new AbortController();
  #quietUntil = 0;

  constructor(deps: PullRequestsDeps) {
    this.#deps = deps;
  }

  /** `now`: a turn has ended; otherwise once a minute. */
  look(session: Looked, now = false): void {
    const at = this.#deps.clock.now();
    const before = this.#lookedAt.get(session.workspaceId);
    if (at < this.#quietUntil || (!now && before !== undefined && at - before < EVERY_MS)) return;
    this.#lookedAt.delete(session.workspaceId);
    this.#lookedAt.set(session.workspaceId, at);
    if (this.#lookedAt.size > MAX_REMEMBERED)
      this.#lookedAt.delete(this.#lookedAt.keys().next().value as string);
    this.#find(session).catch((error: unknown) => {
      if (this.#abort.signal.aborted) return;
      this.#deps.log.debug(
        { err: error, workspace: session.workspaceId },
        'pull requests were not found out',
      );
    });
  }

  dispose(): void {
    this.#abort.abort();
  }

  async #find(session: Looked): Promise<void> {
    const { web, remote } = this.#deps;
    const where = await remote(session.workspaceId);
    const repository = where && gitHubRepository(where.url, web);
    if (!where || !repository) return;
    const asked = [...new Set([...session.branches.toReversed(), where.branch])].filter(
      (branch) => branch !== '',
    );
    for (const branch of asked.slice(0, MAX_BRANCHES)) {
      const found = await this.#ask(repository, branch, where.token);
      if (found === null) return;
      if (found.length > 0) await session.yielded(found);
    }
  }

  /** null: it does not want to be asked. The oldest first. */
  async #ask(repository: GitHubRepository, branch: string, token: string | null): Promise<Artifact[] | null> {
    const { web, clock } = this.#deps;
    const answer = await fetch(pullsAddress(web, repository, branch), {
      signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: {
        accept: 'application/vnd.github+json',
        'user-agent': 'porthole',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
    });
    if (answer.ok) return pullArtifacts(await answer.json(), web, repository).toReversed();
    await answer.body?.cancel();
    if (answer.status === 403 || answer.status === 429) this.#quietUntil = clock.now() + REFUSED_MS;
    return null;
  }
}
