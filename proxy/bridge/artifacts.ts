/** Pure: things with a life of their own that a tool's output names: pull requests, pushed branches, local servers. */
import type { Artifact } from '@porthole/shared/agent-events';

export interface Found {
  artifact: Artifact;
  /** It counts only when somebody listens there; null: it counts. */
  port: number | null;
}

/** Of one output: more is a listing, not a result. */
const MAX_FOUND = 20;
const MAX_SCANNED_CHARS = 256 * 1024;

export function findArtifacts(output: string): Found[] {
  // Colours cut words in two.
  const text = output.slice(-MAX_SCANNED_CHARS).replace(/\x1b\[[0-9;]*m/g, '');
  const found = [...pullRequests(text), ...branches(text), ...servers(text)];
  const byKey = new Map(found.map((each) => [each.artifact.key, each]));
  return [...byKey.values()].slice(0, MAX_FOUND);
}

const PULL = /https:\/\/[\w.-]{1,200}\/([\w./-]{1,200}?)\/(?:pull|-\/merge_requests)\/(\d{1,9})(?!\d)/g;

function* pullRequests(text: string): Generator<Found> {
  for (const [url, repository, number] of text.matchAll(PULL)) {
    // Where one could be made is not one; `pull/new/…` has no number and does not match.
    const title = `${repository} #${number}`;
    yield { artifact: { key: `pull_request ${url}`, kind: 'pull_request', title, url }, port: null };
  }
}

const REMOTE = /^(?:remote: )?To (\S{1,500})$/;
const PUSHED = /^ [ *+] (?:\[new branch\]|[0-9a-f]{4,40}\.{2,3}[0-9a-f]{4,40}) +\S{1,200} -> (\S{1,200})/;

/** As `git push` prints them. */
function* branches(text: string): Generator<Found> {
  let remote: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    remote = REMOTE.exec(line)?.[1] ?? remote;
    const name = PUSHED.exec(line)?.[1];
    // `git fetch` prints the same lines, after "From".
    if (line.startsWith('From ')) remote = null;
    if (!name || remote === null) continue;
    const url = branchUrl(remote, name);
    yield { artifact: { key: `branch ${name}`, kind: 'branch', title: name, url }, port: null };
  }
}

function branchUrl(remote: string, branch: string): string | null {
  const found =
    /^(?:https:\/\/(?:[^@/]*@)?|(?:ssh:\/\/)?git@)(github\.com|gitlab\.com)[:/]([\w./-]+?)(?:\.git)?$/.exec(
      remote,
    );
  if (!found) return null;
  const path = branch.split('/').map(encodeURIComponent).join('/');
  return `https://${found[1]}/${found[2]}/${found[1] === 'gitlab.com' ? '-/tree' : 'tree'}/${path}`;
}

/** Of a server that does not listen any more: there is no way to it. */
export const ended = ({ artifact, port }: Found): Found => ({
  artifact: { ...artifact, title: `${artifact.title} (ended)`, url: null },
  port,
});

const SERVER = /\bhttp:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(\d{2,5})(?!\d)/g;

function* servers(text: string): Generator<Found> {
  for (const [, digits] of text.matchAll(SERVER)) {
    const port = Number(digits);
    if (port > 65_535) continue;
    const artifact: Artifact = {
      key: `preview ${port}`,
      kind: 'preview',
      title: `Port ${port}`,
      url: `http://localhost:${port}`,
    };
    yield { artifact, port };
  }
}
