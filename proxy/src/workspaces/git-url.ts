/**
 * Pure: which git URLs are allowed, and what they name.
 * Invariant: what passes cannot be taken for an option, runs no helper program, and carries no password.
 */

export interface GitUrlRules {
  /** `file://`, absolute paths and plain http: for tests and for repositories on the server's own machine. */
  allowLocal: boolean;
}

export type GitUrl =
  | { ok: true; url: string; transport: 'https' | 'http' | 'ssh' | 'file'; host: string | null; name: string }
  | { ok: false; reason: string };

const refuse = (reason: string): GitUrl => ({ ok: false, reason });

const HOST = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)$/;
/** user@host:path, as git reads it: no slash before the colon. */
const SCP = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)@([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)([^\s].*)$/;

/** Hosts let a token stand where the user's name does: GitHub's, GitLab's and Bitbucket's, or just too long for a name. */
const TOKEN = /^(gh[a-z]_|github_pat_|gl[a-z]+-|ATBB|ATCTT)|^[\w-]{36,}$/;

export function parseGitUrl(text: string, rules: GitUrlRules): GitUrl {
  const url = text.trim();
  if (url === '' || url.length > 2_000) return refuse('Enter the URL of a git repository.');
  if (/[\s\x00-\x1f\x7f]/.test(url)) return refuse('A git URL has no spaces or control characters.');
  // Some readers of URLs take it for a slash, others do not, and so for another host.
  if (url.includes('\\')) return refuse('A git URL has no backslashes.');
  if (url.startsWith('-')) return refuse('A git URL does not start with a dash.');
  if (url.startsWith('/')) return local(url, url, rules);
  const scp = SCP.exec(url);
  if (scp?.[2] && scp[3]) return { ok: true, url, transport: 'ssh', host: scp[2], name: nameOf(scp[3]) };
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return refuse('This is not a git URL. Use https://host/path, ssh://user@host/path or git@host:path.');
  }
  if (parsed.protocol === 'file:') return local(url, parsed.pathname, rules);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'ssh:' && parsed.protocol !== 'http:') {
    return refuse(`${parsed.protocol}// URLs are not allowed. Use https or ssh.`);
  }
  if (parsed.password !== '' || TOKEN.test(parsed.username))
    return refuse('Leave the password or token out of the URL and add it as a credential.');
  if (parsed.protocol === 'http:' && !rules.allowLocal)
    return refuse('Plain http is not allowed. Use https.');
  if (!HOST.test(parsed.hostname) || parsed.hostname.startsWith('-')) return refuse('The URL names no host.');
  if (parsed.username.startsWith('-')) return refuse('The user name in the URL is not valid.');
  if (parsed.pathname.replace(/\//g, '') === '') return refuse('The URL names no repository on its host.');
  if (parsed.search !== '' || parsed.hash !== '')
    return refuse('A git URL has neither a query nor a fragment.');
  const transport = parsed.protocol === 'https:' ? 'https' : parsed.protocol === 'ssh:' ? 'ssh' : 'http';
  return { ok: true, url, transport, host: parsed.hostname, name: nameOf(parsed.pathname) };
}

function local(url: string, path: string, rules: GitUrlRules): GitUrl {
  if (!rules.allowLocal)
    return refuse('Repositories in a folder are not allowed on this server. Use https or ssh.');
  return { ok: true, url, transport: 'file', host: null, name: nameOf(path) };
}

/** `acme/payments` of `/acme/payments.git`: the last two parts. */
function nameOf(path: string): string {
  const parts = path
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .filter(Boolean);
  return decode(parts.slice(-2).join('/')).slice(0, 100) || 'repository';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A folder name for the checkout: the repository's own, made harmless. */
export function folderNameOf(repositoryName: string): string {
  const last = repositoryName.split('/').at(-1) ?? '';
  return (
    last
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[-.]+/, '')
      .slice(0, 60) || 'workspace'
  );
}
