/** Which repository of GitHub, or of an Enterprise Server, a git URL names, and what its API says of pull requests. */
import type { Artifact } from '@porthole/shared/agent-events';
import * as z from 'zod/mini';

export interface GitHubRepository {
  owner: string;
  name: string;
}

const NAME = /^[\w.-]{1,100}$/;

/** `web`: `https://github.com`, or the Enterprise Server's. null: it is somewhere else. */
export function gitHubRepository(gitUrl: string, web: string): GitHubRepository | null {
  const scp = /^[\w.-]+@([\w.-]+):([^/].*)$/.exec(gitUrl);
  const url = scp ? `ssh://${scp[1]}/${scp[2]}` : gitUrl;
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, host, pathname } = new URL(url);
  const there = new URL(web);
  // Over SSH the port is another one.
  const same = protocol === 'ssh:' ? hostname === there.hostname : host === there.host;
  if (!same || !/^(https?|ssh):$/.test(protocol)) return null;
  const [owner = '', name = '', ...rest] = pathname
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '')
    .split('/');
  return rest.length === 0 && NAME.test(owner) && NAME.test(name) ? { owner, name } : null;
}

/** https://docs.github.com/en/rest/pulls/pulls#list-pull-requests: those of this branch, the newest first. */
export function pullsAddress(web: string, { owner, name }: GitHubRepository, branch: string): string {
  const api = web === 'https://github.com' ? 'https://api.github.com' : `${web}/api/v3`;
  const head = encodeURIComponent(`${owner}:${branch}`);
  return `${api}/repos/${owner}/${name}/pulls?state=all&per_page=5&head=${head}`;
}

const Pull = z.object({
  html_url: z.string(),
  number: z.int(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  merged_at: z.nullish(z.string()),
  draft: z.nullish(z.boolean()),
});
const Pulls = z.array(Pull);

const TITLE_CHARS = 200;

/** What is not an answer of this API, or leads elsewhere, is left out. The key is that of one found in an output. */
export function pullArtifacts(answer: unknown, web: string, repository: GitHubRepository): Artifact[] {
  const pulls = z.safeParse(Pulls, answer);
  if (!pulls.success) return [];
  return pulls.data
    .filter(({ html_url }) => html_url.startsWith(`${web}/`))
    .map((pull) => ({
      key: `pull_request ${pull.html_url}`,
      kind: 'pull_request',
      title:
        `${repository.owner}/${repository.name} #${pull.number} ${pull.title}`.slice(0, TITLE_CHARS) +
        stateOf(pull),
      url: pull.html_url,
    }));
}

function stateOf({ state, merged_at, draft }: z.infer<typeof Pull>): string {
  if (merged_at) return ' (merged)';
  if (state === 'closed') return ' (closed)';
  return draft ? ' (draft)' : '';
}
