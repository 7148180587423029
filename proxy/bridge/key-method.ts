/** Pure: by which of an agent's ways to sign in it takes the key that it was given as a variable. */
import { fields } from './updates.ts';

/** Its id; null: none of them is. `methods`: ACP's `authMethods`. */
export function keyMethod(
  methods: unknown,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  for (const method of Array.isArray(methods) ? methods.map(fields) : []) {
    const { id, type, vars, _meta } = method;
    if (typeof id !== 'string') continue;
    const names = (Array.isArray(vars) ? vars : []).map((each) => String(fields(each).name));
    const given = names.length > 0 && names.every((name) => env[name]);
    // Not in ACP yet: how Gemini and Codex mark the one that wants nothing but a key.
    if (type === 'env_var' ? given : 'api-key' in fields(_meta)) return id;
  }
  return null;
}
