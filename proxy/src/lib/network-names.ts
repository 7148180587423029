/** Pure: which addresses and names mean this machine. */

/** A host of an `Origin`, a `Host` header or HOST, without its port. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
  );
}

/** Where a browser on this machine finds a server. `localhost` is a secure context and, unlike an address, may have passkeys. */
export function urlOnThisMachine(host: string, port: number): string {
  if (host === '127.0.0.1' || host === '::1') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** `a.example:80` → `a.example`, `[::1]:80` → `[::1]`; null when it is no host at all. */
export function hostOf(hostHeader: string): string | null {
  return /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(hostHeader)?.[1] ?? null;
}
