/** Pure: what is run on a machine to find Node and to put the bridge there, and what it answers. POSIX sh alone. */

/** Where the bridges of a user's workspaces are, under the home folder. */
export const BRIDGE_FOLDER = '.porthole/bridge';
export const bridgeFile = (build: string): string => `${BRIDGE_FOLDER}/${build}.mjs`;

export const NODE_MAJOR = 20;

/** `sum <file>` prints its SHA-256 in hex, or nothing. */
const SUM = `
sum() {
  { if command -v sha256sum >/dev/null; then sha256sum <"$1"
  elif command -v shasum >/dev/null; then shasum -a 256 <"$1"
  elif [ -n "$node" ]; then "$node" -e 'const h=require("crypto").createHash("sha256");process.stdin.on("data",c=>h.update(c)).on("end",()=>console.log(h.digest("hex")))' <"$1"
  fi; } 2>/dev/null | cut -c1-64
}`;

/**
 * $1: the bridge's file, relative to the home folder. Asks the login shell for its PATH, since a command over SSH has
 * another one than a person's terminal; version managers that set theirs up for interactive shells alone are looked for
 * where they put things.
 */
export const PROBE_SCRIPT = `
say() { printf 'PORTHOLE %s %s\\n' "$1" "$2"; }
node= found= old=
try() {
  [ -x "$1/node" ] || return 1
  version=$("$1/node" --version 2>/dev/null </dev/null) || return 1
  major=\${version#v}; major=\${major%%.*}
  case $major in ''|*[!0-9]*) return 1;; esac
  if [ "$major" -ge ${NODE_MAJOR} ]; then node=$1/node; found=$version; return 0; fi
  old=$version
  return 1
}
limit=; command -v timeout >/dev/null && limit='timeout 8'
login=
[ -x "$SHELL" ] && login=$($limit "$SHELL" -lc 'echo "PORTHOLE_PATH $PATH"' </dev/null 2>/dev/null | sed -n 's/^PORTHOLE_PATH //p' | tail -n 1)
[ -n "$login" ] || login=$PATH
case $PATH in "$login") paths=$login;; *) paths=$login:$PATH;; esac
set -f; before=$IFS; IFS=:
for dir in $paths; do
  case $dir in /*) try "$dir" && break;; esac
done
IFS=$before; set +f
if [ -z "$node" ]; then
  for dir in "$HOME"/.nvm/versions/node/*/bin "$HOME"/.local/share/fnm/node-versions/*/installation/bin \\
    "$HOME"/.local/share/mise/installs/node/*/bin "$HOME"/.asdf/installs/nodejs/*/bin "$HOME"/.volta/bin \\
    "$HOME"/n/bin "$HOME"/.local/bin /opt/homebrew/bin /snap/bin; do
    try "$dir"
  done
fi
${SUM}
say home "$HOME"
say node "$node"
say version "\${found:-$old}"
say path "\${node:+\${node%/node}:}$paths:$HOME/.local/bin"
[ -f "$HOME/$1" ] && say sum "$(sum "$HOME/$1")"
exit 0`.trim();

/**
 * $1 build, $2 something unique, $3 its SHA-256, $4 node. Reads the bundle. Other builds go when no process uses them;
 * where that cannot be seen, when they are a week old. Exit 74: could not be written; 75: arrived damaged.
 */
export const INSTALL_SCRIPT = `
node=$4
${SUM}
umask 077
folder=$HOME/${BRIDGE_FOLDER}
mkdir -p "$folder" || exit 74
temporary=$folder/.$1.$2
trap 'rm -f "$temporary"' EXIT
cat >"$temporary" || exit 74
[ "$(sum "$temporary")" = "$3" ] || exit 75
mv -f "$temporary" "$folder/$1.mjs" || exit 74
for old in "$folder"/*.mjs; do
  [ "$old" = "$folder/$1.mjs" ] && continue
  if [ -r /proc/self/cmdline ]; then
    # The name goes in by stdin: otherwise grep would find itself.
    used=$(printf '%s' "$old" | grep -lsF -f - /proc/[0-9]*/cmdline 2>/dev/null | head -n 1)
    [ -n "$used" ] || rm -f "$old"
  else
    find "$old" -mtime +7 -exec rm -f {} + 2>/dev/null
  fi
done
find "$folder" -name '.*.*' -type f -mtime +1 -exec rm -f {} + 2>/dev/null
exit 0`.trim();

/** $1 node, $2 the bridge's file and $3 its state's folder relative to the home folder, $4 PATH. */
export const ATTACH_SCRIPT = 'exec env PATH="$4" "$1" "$HOME/$2" attach "$HOME/$3"';

export interface Probe {
  home: string;
  /** Absolute; null: none that is new enough. */
  node: string | null;
  /** `v22.1.0`, of the one that was found, or of one that is too old; null: none at all. */
  version: string | null;
  /** For the bridge and its agents. */
  path: string;
  /** Of the bundle that is there; null: none. */
  sum: string | null;
}

/** null: the machine did not answer as the script does. Other lines are a profile's. */
export function parseProbe(output: string): Probe | null {
  const values = new Map<string, string>();
  for (const line of output.split('\n')) {
    const match = /^PORTHOLE (\w+) (.*)$/.exec(line);
    if (match) values.set(match[1] ?? '', match[2] ?? '');
  }
  const home = values.get('home');
  const path = values.get('path');
  if (!home?.startsWith('/') || path === undefined) return null;
  const node = values.get('node') || null;
  return { home, node, version: values.get('version') || null, path, sum: values.get('sum') || null };
}
