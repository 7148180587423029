/** Pure: which language a name in markdown, or a file's ending, stands for. '' is none that gets colours. */

/** By the name that highlight-languages.ts has: its other names and endings. */
const NAMES: Record<string, string> = {
  bash: 'sh shell shellscript zsh console bashrc zshrc',
  c: 'h',
  csharp: 'cs c#',
  cpp: 'c++ cc cxx hpp hh',
  css: '',
  dart: '',
  diff: 'patch',
  docker: 'dockerfile containerfile',
  elixir: 'ex exs',
  go: 'golang',
  graphql: 'gql',
  haskell: 'hs',
  html: 'htm svelte',
  ini: 'cfg conf properties env gitconfig editorconfig',
  java: '',
  json: 'jsonc json5 webmanifest',
  kotlin: 'kt kts',
  lua: '',
  make: 'makefile mk',
  markdown: 'md mdx',
  php: '',
  powershell: 'ps1 pwsh',
  proto: 'protobuf',
  python: 'py pyi',
  ruby: 'rb gemfile rakefile',
  rust: 'rs',
  scss: 'sass',
  sql: '',
  swift: '',
  terraform: 'tf hcl',
  toml: '',
  tsx: 'jsx',
  typescript: 'ts mts cts javascript js mjs cjs',
  vue: '',
  xml: 'svg plist csproj',
  yaml: 'yml',
  zig: '',
};

const byName = new Map<string, string>();
for (const [language, others] of Object.entries(NAMES))
  for (const name of [language, ...others.split(' ')]) if (name) byName.set(name, language);

export const languageOf = (name: string): string => byName.get(name.toLowerCase()) ?? '';

export function languageOfPath(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return languageOf(file.includes('.') ? file.slice(file.lastIndexOf('.') + 1) : file);
}
